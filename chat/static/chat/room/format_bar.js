// The bar with the formats above the composer. The user shows and hides it, on this device.

import { format } from "./formatting.js";

const KEY = "format-bar";

export class FormatBar {
  #bar;
  #button;
  #box;

  constructor(box) {
    this.#box = box;
    this.#bar = document.getElementById("format-bar");
    this.#button = document.getElementById("format-button");
    this.#button.onclick = () => this.#choose(this.#bar.hidden);
    this.#bar.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
    this.#bar.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")));
    this.#bar.addEventListener("keydown", (event) => this.#keydown(event));
    this.#show(localStorage.getItem(KEY) === "shown");
  }

  #choose(isShown) {
    localStorage.setItem(KEY, isShown ? "shown" : "hidden");
    this.#show(isShown);
    this.#box.focus();
  }

  #show(isShown) {
    this.#bar.hidden = !isShown;
    this.#button.setAttribute("aria-pressed", isShown);
  }

  #clicked(button) {
    if (button) format(this.#box, button.dataset.format);
  }

  // One tab stop, as in any toolbar.
  #keydown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = [...this.#bar.querySelectorAll("button")];
    const next = buttons.at((buttons.indexOf(event.target) + step) % buttons.length);
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}
