// The messages of the open room: rows in the order of seq. A newer version replaces its row.

import { parseRow, updateQuotes } from "./quotes.js";
import { isAtEnd } from "./reading_place.js";
import { GROUP_MS, personalize, fold, group, nameDays, setDays, untilMidnight } from "./message_row.js";
import { gettext } from "../text/words.js";

const OVERLAP = 80; // px
const ROWS_MAX = 400;
const ROWS_KEPT = 200;

export class Timeline {
  #midnightTimer;
  #loudTimer;

  constructor(scroller, me, signal) {
    this.scroller = scroller;
    this.rows = scroller.querySelector("#rows");
    this.me = me;
    this.onput = () => {};
    this.refresh();
    this.#nameDays();
    document.addEventListener("visibilitychange", () => this.#nameDays(), { signal }); // the device may have slept
    signal.addEventListener("abort", () => clearTimeout(this.#midnightTimer));
  }

  // Repeats after midnight, for pages that stay open.
  #nameDays() {
    nameDays(this.rows);
    clearTimeout(this.#midnightTimer);
    this.#midnightTimer = setTimeout(() => this.#nameDays(), untilMidnight() + 1);
  }

  // Called after older or newer messages were inserted. Rows at the other end are removed, so that the
  // cost of scrolling does not grow with the distance.
  refresh() {
    const fresh = [...this.rows.querySelectorAll(":scope > .message:not(.personalized)")];
    for (const row of fresh) personalize(row, this.me);
    setDays(this.rows);
    if (fresh.length && fresh.at(-1) === this.#last) this.#cutBeginning();
    else this.#cutEnd();
  }

  messages() {
    return this.rows.querySelectorAll(":scope > .message");
  }

  find(id) {
    return this.rows.querySelector(`#m${CSS.escape(id)}`);
  }

  // Returns the next message that is not deleted, or the previous one if there is none.
  neighbour(row) {
    const rows = [...this.messages()].filter((other) => other === row || !other.matches(".deleted"));
    const place = rows.indexOf(row);
    return rows[place + 1] ?? rows[place - 1];
  }

  has(clientId) {
    return Boolean(this.rows.querySelector(`[data-client="${CSS.escape(clientId)}"]`));
  }

  get #first() {
    return this.rows.querySelector(":scope > .message");
  }

  get #last() {
    return this.before(null);
  }

  // Returns the message before a row, or the last one. A new message costs the same in a room of any length.
  before(row) {
    let above = row ? row.previousElementSibling : this.rows.lastElementChild;
    while (above && !above.matches(".message")) above = above.previousElementSibling;
    return above;
  }

  get lastSeq() {
    return Number(this.#last?.dataset.seq ?? 0);
  }

  // Whether later messages exist that are not shown. If so, new messages are not added here.
  get isCut() {
    return Boolean(this.rows.lastElementChild?.matches(".newer"));
  }

  get #hasOlder() {
    return Boolean(this.rows.firstElementChild?.matches(".older"));
  }

  get isAtEnd() {
    return isAtEnd(this.scroller);
  }

  toEnd() {
    this.scroller.scrollTop = 0;
  }

  // Scrolls a page up (-1) or down (1). Some lines stay in view.
  page(direction) {
    const { scroller } = this;
    scroller.scrollBy({ top: direction * (scroller.clientHeight - OVERLAP) });
  }

  focusLast() {
    [...this.messages()].findLast((row) => !row.matches(".folded"))?.focus();
  }

  // Returns "new", "changed" or "" (already known, or outside the shown range).
  put(frame) {
    updateQuotes(this.rows, frame);
    const what = this.#place(frame);
    this.onput(frame);
    return what;
  }

  #place(frame) {
    const old = this.find(frame.id);
    if (old && Number(old.dataset.version) >= frame.version) return "";
    if (!old && !this.#belongs(frame.seq)) return "";
    const row = parseRow(frame.html);
    personalize(row, this.me);
    if (old) this.quietly(() => this.#replace(old, row));
    else this.#insert(row);
    return old ? "changed" : "new";
  }

  #belongs(seq) {
    if (!this.#first) return true;
    if (seq > this.lastSeq) return !this.isCut;
    return seq > Number(this.#first.dataset.seq) || !this.#hasOlder;
  }

  #replace(old, row) {
    replace(old, row);
    if (!row.matches(".deleted")) return;
    if (this.#firstUnread === row) this.#markNext(row);
    fold(this.rows);
  }

  #insert(row) {
    const seq = Number(row.dataset.seq);
    let above = this.#last;
    while (above && Number(above.dataset.seq) > seq) above = this.before(above);
    if (above) above.after(row);
    else this.rows.append(row);
    setDays(this.rows, above);
  }

  // A room may be open all day. Removes rows far up, but none after the message `read`.
  trim(read) {
    if (this.rows.childElementCount > ROWS_MAX && this.isAtEnd) this.#cutBeginning(read);
  }

  // Removed rows are loaded again when the person scrolls there.
  #cutBeginning(read = Infinity) {
    const rows = [...this.messages()];
    if (rows.length <= ROWS_MAX) return;
    const place = rows.length - ROWS_KEPT;
    const unread = rows.findIndex((row) => Number(row.dataset.seq) > read);
    const first = unread >= 0 && unread < place ? unread : place;
    if (first === 0) return;
    const top = rows[first] === this.#firstUnread ? this.#unreadLine : rows[first];
    while (this.rows.firstChild !== top) this.rows.firstChild.remove();
    this.scroller.querySelector(".beginning")?.remove();
    this.rows.prepend(this.#more("older", "before", rows[first].dataset.seq, gettext("Earlier messages")));
    htmx.process(this.rows);
    setDays(this.rows);
    fold(this.rows);
  }

  // As in _older.html and _newer.html.
  #more(name, parameter, seq, text) {
    const link = document.createElement("a");
    const url = `${this.scroller.dataset.roomUrl}?${parameter}=${seq}`;
    const attributes = { "hx-get": url, "hx-trigger": "click, intersect once", "hx-swap": "outerHTML" };
    for (const [attribute, value] of Object.entries(attributes)) link.setAttribute(attribute, value);
    link.className = `more ${name}`;
    link.href = url;
    link.textContent = text;
    return link;
  }

  #cutEnd() {
    const rows = [...this.messages()];
    if (rows.length <= ROWS_MAX) return;
    const last = rows[ROWS_KEPT - 1];
    this.#inPlace(rows[0], () => {
      while (last.nextSibling) last.nextSibling.remove();
      last.after(this.#more("newer", "after", last.dataset.seq, gettext("Later messages")));
      fold(this.rows);
    });
    htmx.process(this.rows);
  }

  // The scroller counts from the end. Keeps `row` in its place when something below it is removed.
  #inPlace(row, change) {
    const { top } = row.getBoundingClientRect();
    change();
    this.scroller.scrollTop += row.getBoundingClientRect().top - top;
  }

  get #unreadLine() {
    return this.rows.querySelector(":scope > .unread-line");
  }

  get #firstUnread() {
    const below = this.#unreadLine?.nextElementSibling;
    return below?.matches(".fold") ? below.nextElementSibling : below;
  }

  // Whether my next message goes under my own last message without a heading.
  endsWithMine() {
    const last = this.#last;
    if (!last || last.dataset.author !== this.me || last.matches(".deleted")) return false;
    return Date.now() - new Date(last.dataset.time) < GROUP_MS;
  }

  // A screen reader should read new messages, not old ones that are loaded or changed.
  quietly(change) {
    this.scroller.ariaLive = "off";
    change();
    clearTimeout(this.#loudTimer);
    this.#loudTimer = setTimeout(() => (this.scroller.ariaLive = "polite"), 500);
  }

  markUnread(row) {
    this.clearUnread();
    const line = document.createElement("p");
    line.className = "unread-line";
    line.append(document.createElement("span"));
    line.firstChild.textContent = gettext("New");
    row.before(line);
    group(row);
    fold(this.rows);
  }

  // The first unread message was deleted.
  #markNext(row) {
    const rows = [...this.messages()];
    const next = rows.slice(rows.indexOf(row)).find((other) => !other.matches(".mine, .deleted"));
    if (next) this.markUnread(next);
    else this.clearUnread();
  }

  clearUnread() {
    const row = this.#firstUnread;
    this.#unreadLine?.remove();
    if (!row) return;
    group(row);
    fold(this.rows);
  }
}

// The new row gets the place, the open editor and the focus of the old one.
function replace(old, row) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  for (const name of ["target", "current", "grouped"]) {
    row.classList.toggle(name, old.classList.contains(name));
  }
  const editor = old.querySelector(".editor");
  old.replaceWith(row);
  if (editor && !row.matches(".deleted")) {
    row.classList.add("editing");
    row.append(editor);
  }
  group(row);
  if (row.nextElementSibling) group(row.nextElementSibling);
  if (focused) counterpart(row, focused).focus({ preventScroll: true });
}

function counterpart(row, focused) {
  if (row.contains(focused)) return focused;
  const { emoji } = focused.dataset;
  return (emoji && row.querySelector(`[data-emoji="${CSS.escape(emoji)}"]`)) || row;
}
