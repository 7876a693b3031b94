// Ctrl+K or /: a few letters lead to one of my rooms, a room to join, or a person to talk to.

import { isConfirm } from "../text/input_method.js";
import { EXACT, NO_MATCH, PART, namesOf, rank } from "./ranking.js";
import { isTooFast, waitFor } from "../net/too_fast.js";
import { gettext } from "../text/words.js";

const SEARCH_AFTER = 150; // ms without a key
const SIGIL = /^[#@＠＃]/;
const SEARCH_WITHIN = 1_500;

export class QuickSwitcher {
  #visits;
  #dialog;
  #box;
  #list;
  #items;
  #timer;
  #search;
  #shown;

  constructor(visits) {
    this.#visits = visits;
    this.#dialog = document.getElementById("jump");
    this.#box = document.getElementById("jump-to");
    this.#list = document.getElementById("jump-list");
    document.getElementById("jump-button").onclick = () => this.#open();
    document.addEventListener("keydown", (event) => this.#shortcut(event));
    this.#box.addEventListener("input", () => this.#fill());
    this.#dialog.addEventListener("keydown", (event) => this.#keydown(event));
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.close());
  }

  #shortcut(event) {
    const writing = event.target.matches("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.altKey && !event.metaKey;
    const ctrlK = isK(event) && (event.ctrlKey || event.metaKey);
    if (!slash && !ctrlK) return;
    event.preventDefault();
    this.#open();
  }

  #open() {
    if (document.querySelector("dialog[open]")) return;
    this.#box.value = "";
    this.#fill();
    this.#dialog.showModal();
    this.#box.focus();
  }

  // Without the leading # (only rooms) or @ (only people).
  get #text() {
    return this.#box.value.trim().replace(SIGIL, "").trim();
  }

  get #sigil() {
    return this.#box.value.trim().match(SIGIL)?.[0].normalize("NFKC");
  }

  get #entries() {
    return [...this.#list.querySelectorAll("a, button")];
  }

  // Lists my own rooms immediately, from the page, and everything else from the server.
  #fill() {
    const visited = this.#visits.all();
    const links = [...document.querySelectorAll("#lists [data-room]")];
    this.#items = links.map((link) => itemOf(link, visited));
    this.#draw();
    clearTimeout(this.#timer);
    const text = this.#text;
    this.#search = once(() => this.#find(text));
    if (text) this.#timer = setTimeout(this.#search, SEARCH_AFTER);
    if (!this.#entries.length) this.#showLine(text ? gettext("Searching…") : gettext("You are not in any rooms yet. Type a name."));
  }

  #draw() {
    const text = this.#text;
    const sigil = this.#sigil;
    for (const item of this.#items) item.rank = text ? Math.min(item.worst, rank(item.names, text)) : EXACT;
    const fits = (item) => item.rank < NO_MATCH && (!sigil || item.sigil === sigil);
    this.#shown = this.#items.filter(fits).sort(text ? byRank : byNews);
    this.#list.replaceChildren(...this.#shown.map(({ element }) => element));
  }

  async #find(text) {
    const signal = AbortSignal.timeout(SEARCH_WITHIN);
    const url = `${document.body.dataset.jumpUrl}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(url, { signal }).catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    if (text !== this.#text) return;
    if (isTooFast(answer)) {
      this.#timer = setTimeout(() => this.#find(text), waitFor(answer.headers.get("Retry-After")));
      return;
    }
    const focused = document.activeElement;
    this.#items.push(...parse(html).map(foundItem));
    this.#draw();
    this.#dropTalks();
    if (!this.#entries.length) this.#showLine(gettext("No results."));
    if (this.#list.contains(focused)) focused.focus();
  }

  // Removes people from the results whose conversation with me is listed.
  #dropTalks() {
    for (const avatar of this.#list.querySelectorAll("a [data-person]")) {
      this.#list.querySelector(`button[value="${avatar.dataset.person}"]`)?.parentElement.remove();
    }
  }

  #showLine(text) {
    const line = document.createElement("li");
    line.className = "none";
    line.textContent = text;
    this.#list.replaceChildren(line);
  }

  // Opens the best match. Unless a name is typed in full, waits for the results of the server.
  async #follow() {
    const { value } = this.#box;
    if (this.#text && this.#shown[0]?.rank !== EXACT) await this.#search();
    if (this.#dialog.open && this.#box.value === value) this.#entries[0]?.click();
  }

  async #keydown(event) {
    if (isConfirm(event) && event.target === this.#box) {
      event.preventDefault();
      await this.#follow();
    }
    if (event.key === "Escape") {
      event.preventDefault(); // the browser would empty the box first
      this.#dialog.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const entries = this.#entries;
    const next = entries.indexOf(document.activeElement) + step;
    (entries[Math.min(next, entries.length - 1)] ?? this.#box).focus();
  }
}

// Also on a keyboard of another script, which has another letter on that key.
function isK({ key, code }) {
  return key.toLowerCase() === "k" || (code === "KeyK" && !/^[a-z]$/i.test(key));
}

function byRank(one, other) {
  return one.rank - other.rank || byNews(one, other);
}

// Unread rooms first, then the rooms that I visited last; the open room is the last one.
function byNews(one, other) {
  return one.isOpen - other.isOpen || other.isUnread - one.isUnread || other.visited - one.visited;
}

// Returns the entry of one of my rooms.
function itemOf(link, visited) {
  const element = document.createElement("li");
  element.append(link.cloneNode(true));
  for (const name of ["aria-current", "aria-keyshortcuts"]) element.firstElementChild.removeAttribute(name);
  return {
    element,
    names: namesOf(link),
    worst: NO_MATCH,
    sigil: link.closest(".direct") ? "@" : "#",
    isOpen: link.hasAttribute("aria-current"),
    isUnread: link.dataset.unread !== "0",
    visited: visited[link.dataset.room] ?? 0,
  };
}

// Returns the entry of a room to join, or of a person.
function foundItem(element) {
  const isPerson = element.querySelector(".person") !== null;
  const names = [element.querySelector(".name").textContent];
  if (isPerson) names.push(element.querySelector(".hint").textContent.replace(/^@/, ""));
  // The server found it, so it matches.
  const fixed = { worst: PART, isOpen: false, isUnread: false, visited: 0 };
  return { element, names, sigil: isPerson ? "@" : "#", ...fixed };
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.querySelectorAll("li")];
}

function once(work) {
  let result;
  return () => (result ??= work());
}
