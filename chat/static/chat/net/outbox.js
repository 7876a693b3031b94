// Posts that the server has not acknowledged. They outlive the page. Each has a storage key of its own, so
// that two tabs never overwrite one another. They are sent one after the other, in the order of writing. To
// send a post twice does no harm, because the server knows its client_id.

import { waitFor } from "./too_fast.js";

const ANSWER_WITHIN = 15_000; // ms
const AGAIN_AFTER = 2_000;

export class Outbox {
  #storage;
  #prefix;
  #unsaved = new Map(); // used if the storage is full or forbidden
  #listeners = [];
  #sending;
  #socket;
  #isPaused;
  #deadline;

  constructor(storage, user) {
    this.#storage = storage;
    this.#prefix = `outbox:${user}:`;
  }

  // Listeners get ("added" | "delayed" | "sent" | "failed" | "retried" | "gone", item, frame), until `signal` is
  // aborted, if there is one.
  listen(listener, signal) {
    this.#listeners.push(listener);
    signal?.addEventListener("abort", () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    });
  }

  #notify(what, item, frame) {
    for (const listener of this.#listeners) listener(what, item, frame);
  }

  items() {
    const items = new Map(this.#unsaved);
    for (const key of Object.keys(this.#storage)) {
      if (key.startsWith(this.#prefix)) {
        const item = JSON.parse(this.#storage.getItem(key));
        items.set(item.client_id, item);
      }
    }
    return [...items.values()].sort((a, b) => a.order - b.order);
  }

  #find(clientId) {
    return this.items().find((item) => item.client_id === clientId);
  }

  #save(item) {
    try {
      this.#storage.setItem(this.#prefix + item.client_id, JSON.stringify(item));
    } catch {
      this.#unsaved.set(item.client_id, item);
    }
  }

  #remove(item) {
    this.#unsaved.delete(item.client_id);
    this.#storage.removeItem(this.#prefix + item.client_id);
  }

  add(room, body, replyTo) {
    const last = this.items().at(-1);
    const order = Math.max(Date.now(), (last?.order ?? 0) + 1);
    const item = { client_id: uuid(), room, body, reply_to: replyTo, order };
    this.#save(item);
    this.#notify("added", item);
    this.#deliver();
    return item;
  }

  retry(clientId) {
    const item = this.#find(clientId);
    if (!item) return;
    delete item.failed;
    this.#save(item);
    this.#notify("retried", item);
    this.#deliver();
  }

  discard(clientId) {
    const item = this.#find(clientId);
    if (!item) return;
    this.#remove(item);
    this.#notify("gone", item);
  }

  // The message is in the database: it was in a page or a frame, or it was acknowledged.
  settle(clientId, frame) {
    const item = this.#find(clientId);
    if (item) this.#remove(item);
    if (this.#sending === clientId) this.#release();
    if (item) this.#notify("sent", item, frame);
    this.#deliver();
  }

  carry(socket) {
    this.#socket = socket;
    socket.on("up", () => this.#deliver());
    socket.on("down", () => this.#release());
    socket.on("posted", (frame) => this.settle(frame.client_id, frame));
    socket.on("error", (frame) => frame.client_id && this.#refused(frame));
  }

  #deliver() {
    if (this.#sending || this.#isPaused || !this.#socket?.live) return;
    const item = this.items().find((item) => !item.failed);
    if (!item) return;
    const { client_id, room, body, reply_to } = item;
    this.#sending = client_id;
    this.#deadline = setTimeout(() => this.#socket.restart(), ANSWER_WITHIN);
    this.#socket.send({ type: "post", room, client_id, body, reply_to });
  }

  #release() {
    clearTimeout(this.#deadline);
    this.#sending = null;
  }

  #refused({ client_id, code, detail, retry_after }) {
    const item = this.#find(client_id);
    if (this.#sending === client_id) this.#release();
    if (!item) return;
    if (code === "rate_limited" || code === "unavailable") {
      this.#notify("delayed", item, { code });
      return this.#pause(retry_after ? waitFor(retry_after) : AGAIN_AFTER);
    }
    this.#save({ ...item, failed: detail });
    this.#notify("failed", { ...item, failed: detail });
    this.#deliver();
  }

  #pause(ms) {
    this.#isPaused = true;
    setTimeout(() => {
      this.#isPaused = false;
      this.#deliver();
    }, ms);
  }
}

// crypto.randomUUID is missing on plain http, which a site in a local network may use.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
