// When I was last in each room, on this device.

export class Visits {
  constructor(storage, me) {
    Object.assign(this, { storage, key: `visits:${me}` });
  }

  all() {
    return JSON.parse(this.storage.getItem(this.key) ?? "{}");
  }

  add(room) {
    try {
      this.storage.setItem(this.key, JSON.stringify({ ...this.all(), [room]: Date.now() }));
    } catch {
      // Full or forbidden: rooms are then in the order of their names.
    }
  }
}
