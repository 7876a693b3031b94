// Shows mentions with display names. The messages have usernames, which never change.

import { idOf } from "../text/ids.js";

export class MentionNames {
  #names;

  constructor(rows, names, signal) {
    this.#names = names;
    names.addEventListener("change", () => this.#draw([rows]), { signal });
    new MutationObserver((records) => this.#draw(addedBy(records))).observe(rows, { childList: true });
    this.#draw([rows]);
  }

  #draw(elements) {
    const unknown = new Set();
    for (const mention of elements.flatMap((element) => [...element.querySelectorAll(".mention[data-user]")])) {
      const id = idOf(mention.dataset.user);
      if (this.#names.has(id)) show(mention, this.#names.get(id));
      else unknown.add(id);
    }
    if (unknown.size) this.#names.fetch([...unknown]);
  }
}

function addedBy(records) {
  return records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.nodeType === Node.ELEMENT_NODE);
}

function show(mention, name) {
  mention.title ||= mention.textContent;
  const text = `@${name}`;
  if (mention.textContent !== text) mention.textContent = text;
}
