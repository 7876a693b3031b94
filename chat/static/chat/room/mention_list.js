// After an @, lists the people of the room whose names begin with the typed text.

import { isConfirm } from "../text/input_method.js";
import { isTooFast, waitFor } from "../net/too_fast.js";
import { gettext } from "../text/words.js";

const ASK_AFTER = 100; // ms without a key
// A mention begins as in chat/rendering/mentions.py: after anything but a word of a script with spaces.
// ＠ is the @ of Chinese and Japanese input methods.
const UNSPACED = ["Han", "Hira", "Kana", "Hang", "Bopo", "Thai", "Laoo", "Tibt", "Mymr", "Khmr"]
  .map((script) => `\\p{scx=${script}}`)
  .join("");
const FULLWIDTH = "\\uFF10-\\uFF19\\uFF21-\\uFF3A\\uFF41-\\uFF5A"; // among Chinese and Japanese
const BEFORE = `^|[^\\p{L}\\p{N}\\p{M}_@＠]|[${UNSPACED}${FULLWIDTH}\\uFE0F\\u20E3]`;
const AT = new RegExp(`(?:${BEFORE})_*[@＠]([\\p{L}\\p{M}\\p{N}._-]*)$`, "u");
const GAP = 6; // px
const LEAVING = new Set(["ArrowLeft", "ArrowRight", "Home", "End"]);

export class MentionList {
  #url;
  #list;
  #timer;
  #chosen;
  #box;

  constructor(url, signal) {
    this.#url = url;
    this.#list = document.createElement("ul");
    Object.assign(this.#list, { id: "naming", className: "naming rooms", role: "listbox", hidden: true });
    this.#list.ariaLabel = gettext("People to mention");
    document.getElementById("main").append(this.#list);
    signal.addEventListener("abort", () => this.#list.remove());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    this.#list.addEventListener("click", ({ target }) => this.#insert(target.closest("li")));
  }

  attach(box) {
    box.ariaAutoComplete = "list";
    box.setAttribute("aria-controls", this.#list.id);
    box.addEventListener("input", () => this.#search(box));
    box.addEventListener("keydown", (event) => this.#keydown(event), { capture: true });
    box.addEventListener("blur", () => this.#close());
    box.addEventListener("click", () => this.#close());
  }

  get #isOpen() {
    return !this.#list.hidden;
  }

  // The text between the @ and the caret.
  #typed(box) {
    return box.value.slice(0, box.selectionEnd).match(AT)?.[1];
  }

  #search(box) {
    clearTimeout(this.#timer);
    const text = this.#typed(box);
    if (text === undefined) return this.#close();
    if (this.#isOpen) this.#narrow(text.toLowerCase());
    this.#timer = setTimeout(() => this.#ask(box, text), ASK_AFTER);
  }

  // Immediately, until the response arrives.
  #narrow(text) {
    const others = [...this.#list.children].filter((item) => !item.textContent.toLowerCase().includes(text));
    others.forEach((item) => item.remove());
    const first = this.#list.firstElementChild;
    if (!first) this.#close();
    else if (!this.#chosen.isConnected) this.#choose(first);
  }

  async #ask(box, text) {
    const answer = await fetch(`${this.#url}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (isTooFast(answer)) {
      this.#timer = setTimeout(() => this.#search(box), waitFor(answer.headers.get("Retry-After")));
    }
    if (!answer?.ok) return;
    const html = await answer.text();
    if (document.activeElement !== box || this.#typed(box) !== text) return;
    this.#list.innerHTML = html;
    const [first, second] = this.#list.children;
    if (!first || (!second && first.dataset.username.toLowerCase() === text.toLowerCase())) return this.#close();
    this.#box = box;
    this.#list.hidden = false;
    this.#place();
    this.#choose(first);
  }

  #place() {
    const { top, left } = (this.#box.closest(".box") ?? this.#box).getBoundingClientRect();
    const { style, offsetHeight } = this.#list;
    style.left = `${left}px`;
    style.top = `${Math.max(GAP, top - offsetHeight - GAP)}px`;
  }

  #choose(item) {
    this.#chosen?.setAttribute("aria-selected", "false");
    this.#chosen = item;
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.#box.setAttribute("aria-activedescendant", item.id);
  }

  #keydown(event) {
    if (!this.#isOpen) return;
    const { firstElementChild: first, lastElementChild: last } = this.#list;
    const keys = {
      ArrowDown: () => this.#choose(this.#chosen.nextElementSibling ?? first),
      ArrowUp: () => this.#choose(this.#chosen.previousElementSibling ?? last),
      Tab: () => this.#insert(this.#chosen),
      Escape: () => this.#close(),
    };
    if (LEAVING.has(event.key) || event.shiftKey) return this.#close();
    const act = isConfirm(event) ? keys.Tab : keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  #insert(item) {
    const box = this.#box;
    const caret = box.selectionEnd;
    const start = caret - this.#typed(box).length;
    this.#close();
    box.setRangeText(`@${item.dataset.username} `, start - 1, caret, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #close() {
    clearTimeout(this.#timer);
    this.#list.hidden = true;
    this.#chosen = null;
    this.#box?.removeAttribute("aria-activedescendant");
  }
}
