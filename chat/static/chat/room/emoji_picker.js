// A small choice of emoji.

import { gettext } from "../text/words.js";

const EMOJI = [
  ["👍", gettext("thumbs up")], ["❤️", gettext("heart")], ["😂", gettext("laughing")],
  ["🎉", gettext("party")], ["😮", gettext("surprised")], ["😢", gettext("sad")],
  ["🙏", gettext("thank you")], ["👏", gettext("applause")], ["👀", gettext("looking")],
  ["✅", gettext("done")], ["🔥", gettext("fire")], ["🚀", gettext("rocket")],
  ["💯", gettext("hundred")], ["🤔", gettext("thinking")], ["👎", gettext("thumbs down")],
  ["👋", gettext("wave")], ["😀", gettext("smiling")], ["😅", gettext("relieved")],
  ["😍", gettext("in love")], ["😎", gettext("cool")], ["😡", gettext("angry")],
  ["🤝", gettext("handshake")], ["☕", gettext("coffee")], ["🌱", gettext("seedling")],
];

export class EmojiPicker {
  #box;
  #chosen;
  #opener;

  constructor() {
    this.#box = document.getElementById("picker");
    this.#box.replaceChildren(...EMOJI.map(button));
    this.#box.addEventListener("click", ({ target }) => this.#clicked(target));
    this.#box.addEventListener("keydown", (event) => this.#keydown(event));
  }

  get isOpen() {
    return !this.#box.hidden;
  }

  contains(target) {
    return this.#box.contains(target);
  }

  // Opens next to `bar` and calls `chosen` with the emoji.
  open(bar, chosen) {
    this.#chosen = chosen;
    this.#opener = document.activeElement;
    const asSheet = bar.classList.contains("as-sheet");
    this.#box.classList.toggle("as-sheet", asSheet);
    this.#box.hidden = false;
    if (!asSheet) this.#place(bar.getBoundingClientRect());
    this.#box.firstElementChild.focus();
  }

  #place(bar) {
    const { style, offsetHeight, offsetWidth } = this.#box;
    const below = bar.bottom + 4;
    const fits = below + offsetHeight < innerHeight;
    style.top = `${fits ? below : bar.top - offsetHeight - 4}px`;
    style.left = `${Math.max(8, bar.right - offsetWidth)}px`;
  }

  close() {
    this.#box.hidden = true;
    this.#box.removeAttribute("style");
  }

  #clicked(target) {
    const emoji = target.closest("button")?.dataset.pick;
    if (emoji) this.#chosen(emoji);
  }

  #keydown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    const buttons = [...this.#box.children];
    if (step) buttons.at((buttons.indexOf(event.target) + step) % buttons.length).focus();
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
      this.#opener?.focus();
    }
  }
}

function button([emoji, name]) {
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.pick = element.textContent = emoji;
  element.ariaLabel = name;
  return element;
}
