// Messages about the connection, and short responses to actions.

import { gettext } from "../text/words.js";

const PATIENCE = 1_500; // ms: a restart of the server is not worth a message
const FIRST_PATIENCE = 5_000; // while the page connects for the first time
const TOAST = 8_000;

export class Notice {
  #text = "";
  #box;
  #timer;
  #hideTimer;

  constructor(socket) {
    this.#box = document.getElementById("toast");
    socket.on("up", () => this.#clear());
    socket.on("down", ({ refusal }) => (refusal ? this.show(refusal.detail) : this.#showSoon(PATIENCE)));
    socket.on("error", (frame) => frame.message && this.toast(frame.detail));
    this.#showSoon(FIRST_PATIENCE);
  }

  #showSoon(patience) {
    this.#timer ??= setTimeout(() => this.#showConnection(), patience);
  }

  #showConnection() {
    this.show(navigator.onLine
      ? gettext("Reconnecting… Your messages are saved here and sent when the site is available again.")
      : gettext("You are offline. Your messages are saved here and sent when the site is available again."));
  }

  show(text) {
    this.#text = text;
    this.draw();
  }

  // Each room and the home page have a bar of their own.
  draw() {
    const bar = document.getElementById("notice");
    bar.textContent = this.#text;
    bar.hidden = this.#text === "";
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.show("");
  }

  // `action` is a text and what a click on it does.
  toast(text, action = null) {
    this.#box.textContent = text;
    if (action) this.#box.append(" ", button(...action));
    this.#box.hidden = false;
    clearTimeout(this.#hideTimer);
    this.#hideTimer = setTimeout(() => (this.#box.hidden = true), TOAST);
  }
}

function button(text, onclick) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "link", textContent: text, onclick });
  return element;
}
