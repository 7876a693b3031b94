// Fetches rooms that are likely to be opened next, so that a click shows them at once: those with unread
// messages, those visited last, and a room that is pointed at.

import { idle } from "../net/idle.js";

const WARMED_MAX = 5; // without pointing at them
const AFTER_HOVER = 60; // ms

export class Warming {
  #screens;
  #visits;
  #timer;
  #work = Promise.resolve();
  #hasBegun = false;

  constructor(socket, screens, visits) {
    this.#screens = screens;
    this.#visits = visits;
    socket.on("up", () => this.#begin());
    document.addEventListener("pointerdown", ({ target, button }) => button === 0 && this.#warm(target));
    document.addEventListener("pointerover", ({ target, pointerType }) => pointerType === "mouse" && this.#hover(target));
  }

  // Not after each outage: the server would get the requests of everybody at once.
  #begin() {
    if (!this.#hasBegun) this.warmLikely();
    this.#hasBegun = true;
  }

  #hover(target) {
    clearTimeout(this.#timer);
    if (target.closest("a[data-room]")) this.#timer = setTimeout(() => this.#warm(target), AFTER_HOVER);
  }

  #warm(target) {
    clearTimeout(this.#timer);
    const link = target.closest("a[data-room]:not([aria-current])");
    if (link) this.#screens.warm(link.href);
  }

  // One room after the other, when the browser has nothing else to do.
  warmLikely() {
    this.#work = this.#work.then(() => this.#warmAll());
  }

  async #warmAll() {
    for (const link of this.#likely()) {
      await idle();
      if (isCostly() || document.hidden) return;
      await this.#screens.warm(link.href);
    }
  }

  #likely() {
    const visited = this.#visits.all();
    const links = [...document.querySelectorAll("#lists a[data-room]:not([aria-current])")];
    const urgency = ({ dataset }) => (dataset.unread === "0" ? 0 : Infinity) + (visited[dataset.room] ?? 0);
    return links.sort((one, other) => compare(urgency(other), urgency(one))).slice(0, WARMED_MAX);
  }
}

function compare(one, other) {
  return one === other ? 0 : one - other;
}

// The person pays for what is transferred, or waits long for it.
function isCostly() {
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  return saveData || effectiveType.includes("2g");
}
