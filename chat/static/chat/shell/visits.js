// The times of my last visits to rooms, on this device.

export class Visits {
  #storage;
  #key;

  constructor(storage, me) {
    this.#storage = storage;
    this.#key = `visits:${me}`;
  }

  all() {
    return JSON.parse(this.#storage.getItem(this.#key) ?? "{}");
  }

  add(room) {
    try {
      this.#storage.setItem(this.#key, JSON.stringify({ ...this.all(), [room]: Date.now() }));
    } catch {
      // The storage is full or forbidden: rooms are in the order of their names.
    }
  }
}
