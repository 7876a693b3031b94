// Unread rooms first in each list of the sidebar, if the user chose so on this device. Only the favourites
// keep the order that the user gave them. Rows do not move while the pointer is over the lists.

import { recall, remember } from "../net/device_storage.js";
import { arrange } from "./rows.js";

export class RoomOrder {
  #lists;
  #storage;
  #key;
  #frame;
  #places = new WeakMap(); // of rows, as the server ordered them

  constructor(lists, storage, me) {
    this.#lists = lists;
    this.#storage = storage;
    this.#key = `unread-first:${me}`;
    lists.addEventListener("click", ({ target }) => target.closest("[data-order]") && this.#toggle());
    // A finger leaves before its tap counts as a click.
    lists.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.apply());
    this.apply();
  }

  get #isOn() {
    return recall(this.#storage, this.#key) === "yes";
  }

  #toggle() {
    remember(this.#storage, this.#key, this.#isOn ? "no" : "yes");
    this.apply();
  }

  // Before the next frame, after counts changed.
  applySoon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (!this.#lists.matches(":hover")) this.apply();
    });
  }

  // Also after the lists were fetched again.
  apply() {
    this.#lists.querySelector("[data-order]").setAttribute("aria-pressed", this.#isOn);
    for (const list of this.#lists.querySelectorAll(".rooms:not(.people, #favourites)")) this.#arrange(list);
  }

  #arrange(list) {
    const rows = [...list.children];
    for (const [place, row] of rows.entries()) if (!this.#places.has(row)) this.#places.set(row, place);
    const byPlace = (one, other) => this.#places.get(one) - this.#places.get(other);
    const byNews = (one, other) => news(other) - news(one) || byPlace(one, other);
    arrange(list, rows.sort(this.#isOn ? byNews : byPlace));
  }
}

// Mentions before other unread messages.
function news(row) {
  const link = row.querySelector("[data-unread]");
  if (!link || link.dataset.unread === "0") return 0;
  return link.matches(".mention") ? 2 : 1;
}
