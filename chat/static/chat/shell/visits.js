// The times of my last visits to rooms, on this device.

import { recall, remember } from "../net/device_storage.js";

export class Visits {
  #storage;
  #key;

  constructor(storage, me) {
    this.#storage = storage;
    this.#key = `visits:${me}`;
  }

  all() {
    return JSON.parse(recall(this.#storage, this.#key) ?? "{}");
  }

  add(room) {
    remember(this.#storage, this.#key, JSON.stringify({ ...this.all(), [room]: Date.now() }));
  }
}
