// The box to write in. Enter sends and Shift+Enter starts a new line. On a touch keyboard, Enter starts a
// new line and the button sends.

import { formatByKeys, type } from "./formatting.js";
import { isConfirm } from "../text/input_method.js";
import { parseRow, previewOf, quoteOf } from "./quotes.js";
import { gettext, ngettext } from "../text/words.js";

const MAX_CHARACTERS = 4000;
const COUNT_FROM = 3600;
const TYPING_EVERY = 3_000; // ms
const touch = matchMedia("(pointer: coarse)");

export class Composer extends EventTarget {
  #counter;
  #replying;
  #typedAt = 0;
  #isOver;

  constructor(form) {
    super();
    this.form = form;
    this.box = form.elements.body;
    this.#counter = form.querySelector("#counter");
    this.#replying = form.querySelector("#replying");
    this.replyTo = null;
    this.box.addEventListener("input", () => this.#input());
    this.box.addEventListener("keydown", (event) => this.#keydown(event));
    formatByKeys(this.box);
    form.addEventListener("submit", (event) => this.#submit(event));
    this.#replying.querySelector("button").onclick = () => this.reply(null);
    this.#fit();
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }

  get body() {
    return this.box.value;
  }

  #emit(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  #input() {
    this.#fit();
    this.#emit("draft");
    const now = Date.now();
    if (!this.body.trim() || now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#emit("typing");
  }

  // Sizes the box if the browser cannot do it, and updates the counter.
  #fit() {
    if (!CSS.supports("field-sizing", "content")) {
      this.box.style.height = "auto";
      this.box.style.height = `${this.box.scrollHeight}px`;
    }
    const left = MAX_CHARACTERS - [...this.body].length;
    this.#counter.hidden = left > MAX_CHARACTERS - COUNT_FROM;
    this.#counter.textContent = left < 0 ? ngettext("{count} too many", "{count} too many", -left) : left;
    this.#counter.classList.toggle("over", left < 0);
    this.#counter.title = left < 0 ? "" : gettext("Characters left");
    this.#isOver = left < 0;
  }

  #keydown(event) {
    if (isConfirm(event) && !event.shiftKey && !touch.matches) this.#submit(event);
    if (event.key === "ArrowUp" && !this.body) {
      event.preventDefault();
      this.#emit("edit-last");
    }
    if (event.key === "PageUp" || event.key === "PageDown") this.#page(event);
    if (event.key === "Escape" && this.replyTo) {
      event.preventDefault();
      event.stopPropagation();
      this.reply(null);
    }
  }

  // Scrolls the messages, unless the box itself has more than one page.
  #page(event) {
    if (this.box.scrollHeight > this.box.clientHeight + 1) return;
    event.preventDefault();
    this.#emit("page", event.key === "PageUp" ? -1 : 1);
  }

  #submit(event) {
    event.preventDefault();
    if (!this.body.trim() || this.#isOver) return;
    const { body, replyTo } = this;
    this.box.value = "";
    this.#typedAt = 0;
    this.form.querySelector(".error")?.remove();
    this.answer(null);
    this.#fit();
    this.box.focus(); // after the button, so that a phone keeps its keyboard
    this.#emit("send", { body, replyTo: replyTo?.id ?? null });
  }

  // Starts a reply to the message of `row`, or ends it (null).
  reply(row) {
    this.answer(row && quoteOf(row));
    this.#emit("draft");
    if (row) this.box.focus();
  }

  // Shows a quote of quotes.js, or none (null).
  answer(quote) {
    this.replyTo = quote;
    this.#replying.hidden = !quote;
    if (!quote) return;
    const name = this.#replying.querySelector("b");
    name.textContent = quote.name;
    name.dataset.author = quote.author;
    this.#replying.querySelector("q").textContent = quote.text;
  }

  // Types text where the cursor is, after a space if there is text before it.
  insert(text) {
    this.box.focus();
    const before = this.body.slice(0, this.box.selectionStart);
    type(this.box, /\S$/.test(before) ? ` ${text}` : text);
  }

  // Shows text that was typed in another tab or on another device.
  show(body) {
    if (this.body === body) return;
    this.box.value = body;
    this.#fit();
  }

  // Updates the quote if its message was edited or deleted.
  changed({ id, html }) {
    if (id === this.replyTo?.id) this.#replying.querySelector("q").textContent = previewOf(parseRow(html));
  }
}
