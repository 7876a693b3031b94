// Drafts in this browser's storage: {body, reply_seq, at}, one for each room. They are private, so
// they go when their owner signs out (forget.js) and when somebody else signs in.

export class DraftCopies {
  constructor(storage, me) {
    Object.assign(this, { storage, prefix: `draft:${me}:` });
    for (const key of Object.keys(storage)) {
      if (key.startsWith("draft:") && !key.startsWith(this.prefix)) storage.removeItem(key);
    }
  }

  get(room) {
    return JSON.parse(this.storage.getItem(this.prefix + room));
  }

  set(room, draft) {
    try {
      this.storage.setItem(this.prefix + room, JSON.stringify(draft));
    } catch {
      // Full or forbidden: the server has it in a moment.
    }
  }

  // What other tabs of this browser type, or send.
  listen(room, listener) {
    addEventListener("storage", ({ key, newValue }) => {
      if (key === this.prefix + room && newValue) listener(JSON.parse(newValue));
    });
  }
}
