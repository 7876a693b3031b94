// Drafts in this browser's storage: {body, reply_seq, at}, one for each room. They are private,
// so they are removed when their owner signs out (forget.js) and when another person signs in.

export class DraftCopies {
  #prefix;
  #storage;

  constructor(storage, me) {
    this.#storage = storage;
    this.#prefix = `draft:${me}:`;
    for (const key of Object.keys(storage)) {
      if (key.startsWith("draft:") && !key.startsWith(this.#prefix)) storage.removeItem(key);
    }
  }

  get(room) {
    return JSON.parse(this.#storage.getItem(this.#prefix + room));
  }

  set(room, draft) {
    try {
      this.#storage.setItem(this.#prefix + room, JSON.stringify(draft));
    } catch {
      // The storage is full or forbidden. The server has the draft in a moment.
    }
  }

  // Calls `listener` with each draft that another tab of this browser saves, until `signal` is aborted.
  listen(room, listener, signal) {
    const changed = ({ key, newValue }) => {
      if (key === this.#prefix + room && newValue) listener(JSON.parse(newValue));
    };
    addEventListener("storage", changed, { signal });
  }
}
