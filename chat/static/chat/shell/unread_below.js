// A button that appears if unread rooms are below the visible part of the list, and scrolls to them.

import { gettext } from "../text/words.js";

const HALF_SEEN = 16; // px

export class UnreadBelow {
  #lists;
  #button;
  #first;
  #frame;

  constructor(lists) {
    this.#lists = lists;
    this.#button = document.createElement("button");
    Object.assign(this.#button, { type: "button", className: "button small pill calm below", hidden: true });
    this.#button.textContent = gettext("More unread ↓");
    this.#button.onclick = () => this.#first.scrollIntoView({ block: "center" });
    document.querySelector(".me").prepend(this.#button);
    const changes = { subtree: true, childList: true, attributeFilter: ["class", "data-unread", "hidden", "open"] };
    new MutationObserver(() => this.#drawSoon()).observe(lists, changes);
    lists.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    addEventListener("resize", () => this.#drawSoon());
    this.#drawSoon();
  }

  // Once before the next frame, so that the browser lays out the page once.
  #drawSoon() {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = null;
    const end = this.#lists.getBoundingClientRect().bottom - HALF_SEEN;
    const unread = [...this.#lists.querySelectorAll('[data-unread]:not([data-unread="0"])')];
    this.#first = unread.find((link) => link.getBoundingClientRect().top > end);
    this.#button.hidden = !this.#first;
  }
}
