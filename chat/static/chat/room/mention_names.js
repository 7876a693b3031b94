// Shows mentions with display names. The messages have usernames, which never change.

import { idOf } from "../text/ids.js";

export class MentionNames {
  #rows;
  #names;

  constructor(rows, names, signal) {
    this.#rows = rows;
    this.#names = names;
    names.addEventListener("change", () => this.#draw(".mention[data-user]"), { signal });
    new MutationObserver(() => this.#drawNew()).observe(rows, { childList: true });
    this.#drawNew();
  }

  #drawNew() {
    this.#draw(".mention[data-user]:not([title])");
  }

  #draw(selector) {
    const unknown = new Set();
    for (const mention of this.#rows.querySelectorAll(selector)) {
      const id = idOf(mention.dataset.user);
      if (this.#names.has(id)) show(mention, this.#names.get(id));
      else unknown.add(id);
    }
    if (unknown.size) this.#names.fetch([...unknown]);
  }
}

function show(mention, name) {
  mention.title ||= mention.textContent;
  const text = `@${name}`;
  if (mention.textContent !== text) mention.textContent = text;
}
