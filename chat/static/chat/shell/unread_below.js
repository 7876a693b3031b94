// A button that appears if unread rooms are below the visible part of the list, and scrolls to them.

const HALF_SEEN = 16; // px

export class UnreadBelow {
  #lists;
  #button;
  #first;
  #frame;

  constructor(lists) {
    this.#lists = lists;
    this.#button = document.createElement("button");
    Object.assign(this.#button, { type: "button", className: "button small pill below", hidden: true });
    this.#button.textContent = "More unread ↓";
    this.#button.onclick = () => this.#first.scrollIntoView({ block: "center" });
    document.querySelector(".me").prepend(this.#button);
    lists.addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.draw());
  }

  // Before the next frame: earlier it would make the browser lay out the page several times.
  draw() {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = null;
    const end = this.#lists.getBoundingClientRect().bottom - HALF_SEEN;
    const unread = [...this.#lists.querySelectorAll('[data-unread]:not([data-unread="0"])')];
    this.#first = unread.find((link) => link.getBoundingClientRect().top > end);
    this.#button.hidden = !this.#first;
  }
}
