// The bar with the formats above the composer. The user shows and hides it, on this device.

import { recall, remember } from "../net/device_storage.js";
import { format } from "./formatting.js";

const KEY = "format-bar";

// Unless the page has no composer.
export function restoreFormatBar() {
  document.getElementById("format-bar")?.toggleAttribute("hidden", recall(localStorage, KEY) !== "shown");
}

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
    this.#show();
  }

  #choose(isShown) {
    remember(localStorage, KEY, isShown ? "shown" : "hidden");
    this.#show();
    this.#box.focus();
  }

  #show() {
    restoreFormatBar();
    this.#button.setAttribute("aria-pressed", !this.#bar.hidden);
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
