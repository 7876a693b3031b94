// Folds sections of the sidebar, remembered on this device. Unread rooms and the open room stay visible.

import { recall, remember } from "../net/device_storage.js";

export class Folding {
  #lists;
  #storage;
  #key;

  constructor(lists, storage, me) {
    this.#lists = lists;
    this.#storage = storage;
    this.#key = `folded:${me}`;
    lists.addEventListener("click", ({ target }) => this.#toggle(target.closest("[data-fold]")));
    this.apply();
  }

  // Also after the lists were fetched again.
  apply() {
    const folded = this.#load();
    for (const button of this.#lists.querySelectorAll("[data-fold]")) {
      const isFolded = folded.includes(button.dataset.fold);
      button.setAttribute("aria-expanded", !isFolded);
      button.closest("section").classList.toggle("folded", isFolded);
    }
  }

  #load() {
    return JSON.parse(recall(this.#storage, this.#key) ?? "[]");
  }

  #toggle(button) {
    if (!button) return;
    const { fold: name } = button.dataset;
    const folded = this.#load();
    const others = folded.filter((other) => other !== name);
    remember(this.#storage, this.#key, JSON.stringify(folded.includes(name) ? others : [...others, name]));
    this.apply();
  }
}
