// A field that reduces the lists at the side to the names that match. It is shown if the lists are long.

import { isConfirm } from "../text/input_method.js";
import { NO_MATCH, namesOf, rank } from "./ranking.js";

const SHOWN_FROM = 20; // rooms

export class RoomFilter {
  #lists;
  #box;
  #none;

  constructor(lists) {
    this.#lists = lists;
    this.#box = document.getElementById("filter");
    this.#none = document.getElementById("filter-none");
    this.#box.addEventListener("input", () => this.apply());
    this.#box.addEventListener("keydown", (event) => this.#keydown(event));
    lists.addEventListener("click", ({ target }) => target.closest("[data-room]") && this.#clear());
    this.apply();
  }

  // Also after the lists were fetched again.
  apply() {
    const links = [...this.#lists.querySelectorAll("[data-room]")];
    const text = this.#box.value.trim();
    this.#box.parentElement.hidden = links.length < SHOWN_FROM && !text;
    this.#lists.classList.toggle("filtering", text !== "");
    for (const link of links) {
      link.parentElement.hidden = text !== "" && rank(namesOf(link), text) === NO_MATCH;
    }
    this.#none.hidden = !text || this.#matches.length > 0;
  }

  get #matches() {
    return [...this.#lists.querySelectorAll("[data-room]")].filter((link) => link.getClientRects().length);
  }

  #keydown(event) {
    if (event.key === "Escape" && this.#box.value) {
      event.preventDefault();
      event.stopPropagation(); // the drawer stays
      this.#clear();
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.#matches[0]?.focus();
    }
    if (isConfirm(event) && this.#box.value.trim()) this.#matches[0]?.click();
  }

  #clear() {
    this.#box.value = "";
    this.apply();
  }
}
