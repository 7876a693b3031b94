// Drags a row to another place in its list: with the mouse, or by touch after a long press. A line shows where
// it lands. Without a line (next to the lists, or at its own place) nothing moves. Escape cancels.

const CLICK = 5; // px: a hand is never quite still
const TAP = 10;
const LONG_PRESS = 400; // ms: before the browser opens its menu
const EDGE = 40; // px: here the lists scroll
const SPEED = 8; // px a frame

export class RowDrag {
  #lists;
  #press = null; // {row, pointer, isTouch, startX, startY, x, y, timer}
  #isOn = false;
  #wasOn = false; // since the last press

  constructor(lists) {
    this.#lists = lists;
    this.rowAt = () => null; // returns the row to drag at a pressed element, or null
    this.ondrop = () => {}; // called with the row, and the row before which it lands or null
    this.onend = () => {};
    addEventListener("pointerdown", (event) => this.#pressed(event));
    addEventListener("pointermove", (event) => this.#moved(event));
    addEventListener("pointerup", (event) => this.#released(event));
    addEventListener("pointercancel", () => this.#end());
    addEventListener("keydown", (event) => this.#keydown(event), { capture: true });
    addEventListener("click", (event) => this.#clicked(event), { capture: true });
    this.#keepFromBrowser();
  }

  // Whether a row is pressed, which may become a drag.
  get isActive() {
    return this.#press !== null;
  }

  // It would scroll, open the menu of the link, or drag its address.
  #keepFromBrowser() {
    this.#lists.addEventListener("touchmove", (event) => this.#isOn && event.preventDefault(), { passive: false });
    this.#lists.addEventListener("contextmenu", (event) => this.#press?.isTouch && event.preventDefault());
    this.#lists.addEventListener("dragstart", (event) => this.#press && event.preventDefault());
  }

  #pressed(event) {
    this.#end();
    this.#wasOn = false;
    const row = isPlain(event) && this.rowAt(event.target);
    if (!row) return;
    const { pointerId: pointer, pointerType, clientX: x, clientY: y } = event;
    const isTouch = pointerType !== "mouse";
    const timer = isTouch ? setTimeout(() => this.#start(), LONG_PRESS) : null;
    this.#press = { row, pointer, isTouch, startX: x, startY: y, x, y, timer };
  }

  #moved({ pointerId, clientX: x, clientY: y }) {
    const press = this.#press;
    if (press?.pointer !== pointerId) return;
    Object.assign(press, { x, y });
    const distance = Math.hypot(x - press.startX, y - press.startY);
    if (this.#isOn || distance < (press.isTouch ? TAP : CLICK)) return;
    if (press.isTouch) this.#end(); // the finger scrolls
    else this.#start();
  }

  #start() {
    const { row, pointer } = this.#press;
    this.#isOn = this.#wasOn = true;
    row.parentElement.setPointerCapture(pointer); // its cursor is shown everywhere
    row.parentElement.classList.add("dragging");
    row.classList.add("dragged");
    this.#draw();
  }

  // In each frame, as the lists may scroll under a pointer that rests.
  #draw() {
    if (!this.#isOn) return;
    this.#scroll();
    this.#drawLine(this.#next);
    requestAnimationFrame(() => this.#draw());
  }

  // At the edges, until the whole list is between them.
  #scroll() {
    const { row, y } = this.#press;
    const { top, bottom } = this.#lists.getBoundingClientRect();
    const list = row.parentElement.getBoundingClientRect();
    if (y < top + EDGE && list.top < top + EDGE) this.#lists.scrollTop -= SPEED;
    if (y > bottom - EDGE && list.bottom > bottom - EDGE) this.#lists.scrollTop += SPEED;
  }

  #drawLine(next) {
    const others = this.#others;
    for (const row of others) row.classList.toggle("lands-before", row === next);
    others.at(-1)?.classList.toggle("lands-after", next === null);
  }

  // Returns the row before which the dragged one lands, null for the end, and undefined if it does not move.
  get #next() {
    const { row, x, y } = this.#press;
    const { left, right } = this.#lists.getBoundingClientRect();
    if (x < left || x > right) return undefined;
    const next = this.#others.find((other) => y < middle(other)) ?? null;
    return next === row.nextElementSibling ? undefined : next;
  }

  get #others() {
    const { row } = this.#press;
    return [...row.parentElement.children].filter((other) => other !== row);
  }

  #released({ pointerId, clientX: x, clientY: y }) {
    if (this.#press?.pointer !== pointerId) return;
    Object.assign(this.#press, { x, y });
    const next = this.#isOn ? this.#next : undefined;
    if (next !== undefined) this.ondrop(this.#press.row, next);
    this.#end();
  }

  #end() {
    if (!this.#press) return;
    clearTimeout(this.#press.timer);
    if (this.#isOn) this.#putDown();
    this.#press = null;
    this.onend();
  }

  #putDown() {
    const { row } = this.#press;
    this.#isOn = false;
    this.#drawLine(undefined);
    row.parentElement.classList.remove("dragging");
    row.classList.remove("dragged");
  }

  #keydown(event) {
    if (event.key !== "Escape" || !this.#isOn) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the drawer stays
    this.#end();
  }

  // A drag is not a click, also if it was cancelled. Browsers differ in which element is clicked after it.
  // Clicks by keys have no detail.
  #clicked(event) {
    if (!this.#wasOn || !event.detail) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function isPlain({ isPrimary, button, ctrlKey, metaKey, shiftKey, altKey }) {
  return isPrimary && button === 0 && !(ctrlKey || metaKey || shiftKey || altKey);
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
