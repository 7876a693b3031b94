// The order of my favourites, which I change with the mouse, by touch or with Alt+Shift and an arrow key. The
// server keeps it for all my devices. It is mine: "Unread first" orders the other lists only.

import { RowDrag } from "./row_drag.js";
import { arrange } from "./rows.js";
import { save } from "../net/save.js";
import { gettext } from "../text/words.js";

const KEYS = "Alt+Shift+ArrowUp Alt+Shift+ArrowDown";
const SAVE_AFTER = 400; // ms without another key

export class FavouriteOrder {
  #notice;
  #form;
  #status;
  #drag;
  #saved = null; // the ids as the server has them, if the list differs
  #isSaving = false;
  #timer;

  constructor(lists, notice) {
    this.#notice = notice;
    this.#form = document.getElementById("favourites-form");
    this.#status = document.getElementById("favourites-status");
    this.#drag = new RowDrag(lists);
    this.#drag.rowAt = rowAt;
    this.#drag.ondrop = (row, next) => this.#dropped(row, next);
    this.#drag.onend = () => this.#rest();
    this.onrest = () => {};
    this.onfailure = () => {};
    lists.addEventListener("keydown", (event) => this.#keydown(event));
    addEventListener("pagehide", () => this.#saved && this.#post(ids()));
    this.apply();
  }

  // Whether rows are on their way, so that the list must not be replaced.
  get isBusy() {
    return this.#drag.isActive || this.#saved !== null;
  }

  // Also after the lists were fetched again.
  apply() {
    for (const link of document.querySelectorAll("#favourites a")) link.setAttribute("aria-keyshortcuts", KEYS);
  }

  #dropped(row, next) {
    this.#saved ??= ids();
    const rows = [...row.parentElement.children].filter((other) => other !== row);
    rows.splice(next ? rows.indexOf(next) : rows.length, 0, row);
    arrange(row.parentElement, rows);
    this.#announce(row);
    this.#save();
  }

  #keydown(event) {
    const row = !this.#drag.isActive && isShortcut(event) && rowAt(event.target);
    if (!row) return;
    event.preventDefault();
    this.#step(row, event.key === "ArrowUp");
    this.#announce(row);
  }

  // Moves the neighbour, as the focus would leave a row that moves.
  #step(row, isUp) {
    const neighbour = isUp ? row.previousElementSibling : row.nextElementSibling;
    if (!neighbour) return;
    this.#saved ??= ids();
    if (isUp) row.after(neighbour);
    else row.before(neighbour);
    row.scrollIntoView({ block: "nearest" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), SAVE_AFTER);
  }

  #announce(row) {
    const rows = [...row.parentElement.children];
    const name = row.querySelector(".name").textContent;
    this.#status.textContent = gettext("{name}, {place} of {count}", {
      name,
      place: rows.indexOf(row) + 1,
      count: rows.length,
    });
  }

  async #save() {
    clearTimeout(this.#timer);
    if (this.#saved === null || this.#isSaving) return;
    this.#isSaving = true;
    const sent = ids();
    const advice = await this.#post(sent);
    this.#isSaving = false;
    if (advice) this.#restore(advice);
    else this.#keep(sent);
  }

  // Returns what to do if the order was not saved.
  #post(sent) {
    const body = new FormData(this.#form);
    for (const id of sent) body.append("room", id);
    return save(this.#form.action, body);
  }

  #keep(sent) {
    const isSame = String(sent) === String(ids());
    this.#saved = isSame ? null : sent;
    if (isSame) this.#rest();
    else this.#save(); // moved meanwhile
  }

  #restore(advice) {
    clearTimeout(this.#timer);
    const rows = new Map([...list().children].map((row) => [idOf(row), row]));
    arrange(list(), this.#saved.map((id) => rows.get(id)));
    this.#saved = null;
    this.#notice.toast(gettext("The order was not saved. {advice}", { advice }));
    this.onfailure();
  }

  #rest() {
    if (!this.isBusy) this.onrest();
  }
}

// Returns the favourite to move, or null. While some of them are hidden, none can be moved.
function rowAt(element) {
  return element.closest("#lists:not(.filtering) section:not(.folded) > #favourites > li");
}

function isShortcut({ key, altKey, shiftKey, ctrlKey, metaKey }) {
  return /^Arrow(Up|Down)$/.test(key) && altKey && shiftKey && !ctrlKey && !metaKey;
}

function list() {
  return document.getElementById("favourites");
}

function ids() {
  return [...list().children].map(idOf);
}

function idOf(row) {
  return row.querySelector("[data-room]").dataset.room;
}
