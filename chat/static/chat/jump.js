// Ctrl+K or /: by a few letters to a room of mine, a room to join, or somebody to talk to.

import { isConfirm } from "./input_method.js";

const FAR = 3;
const SEARCH_AFTER = 150; // ms without a key

export class Jump {
  constructor() {
    this.dialog = document.getElementById("jump");
    this.box = document.getElementById("jump-to");
    this.list = document.getElementById("jump-list");
    document.getElementById("jump-button").onclick = () => this.open();
    document.addEventListener("keydown", (event) => this.shortcut(event));
    this.box.addEventListener("input", () => this.fill());
    this.dialog.addEventListener("keydown", (event) => this.keydown(event));
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
  }

  shortcut(event) {
    const writing = event.target.matches("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.altKey && !event.metaKey;
    const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !ctrlK) return;
    event.preventDefault();
    this.open();
  }

  open() {
    if (document.querySelector("dialog[open]")) return;
    this.box.value = "";
    this.fill();
    this.dialog.showModal();
    this.box.focus();
  }

  get text() {
    return this.box.value.trim();
  }

  get entries() {
    return [...this.list.querySelectorAll("a, button")];
  }

  // My own rooms at once, from the page; what else there is, from the server.
  fill() {
    const text = this.text.toLowerCase();
    const links = [...document.querySelectorAll("#lists [data-room]")];
    const mine = links.filter((link) => rank(link, text) < FAR);
    mine.sort((a, b) => rank(a, text) - rank(b, text));
    this.list.replaceChildren(...mine.map(entry));
    clearTimeout(this.timer);
    this.searching = text && new Promise((done) => (this.timer = setTimeout(done, SEARCH_AFTER)))
      .then(() => this.search(this.text));
    if (!mine.length) this.say(text ? "Searching…" : "You are in no room yet. Type a name.");
  }

  async search(text) {
    const answer = await fetch(`/jump/?q=${encodeURIComponent(text)}`).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    if (text !== this.text) return;
    this.list.querySelector(".none")?.remove();
    this.list.insertAdjacentHTML("beforeend", html);
    this.dropTalks();
    if (!this.entries.length) this.say("Nothing of that name.");
  }

  // Whoever I have a conversation with, when that is listed.
  dropTalks() {
    for (const face of this.list.querySelectorAll("a [data-person]")) {
      this.list.querySelector(`button[value="${face.dataset.person}"]`)?.parentElement.remove();
    }
  }

  say(text) {
    const line = document.createElement("li");
    line.className = "none";
    line.textContent = text;
    this.list.replaceChildren(line);
  }

  async keydown(event) {
    if (isConfirm(event) && event.target === this.box) {
      event.preventDefault();
      if (!this.entries.length) await this.searching;
      this.entries[0]?.click();
    }
    if (event.key === "Escape") {
      event.preventDefault(); // at once, instead of emptying the box first
      this.dialog.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { entries } = this;
    const next = entries.indexOf(document.activeElement) + step;
    (entries[Math.min(next, entries.length - 1)] ?? this.box).focus();
  }
}

// Names that begin with the text come before those with a word that does, and those that have it
// somewhere. Without a text, what is unread comes first.
function rank(link, text) {
  if (!text) return link.dataset.unread === "0" ? 1 : 0;
  const name = link.querySelector(".name").textContent.toLowerCase();
  const place = name.indexOf(text);
  if (place < 0) return FAR;
  return place === 0 ? 0 : name.includes(` ${text}`) ? 1 : 2;
}

function entry(link) {
  const item = document.createElement("li");
  item.append(link.cloneNode(true));
  item.firstElementChild.removeAttribute("aria-current");
  return item;
}
