// Fetches rooms that are likely to be opened next, so that a click shows them immediately: those with unread
// messages, those visited last, and a room that is pointed at.

import { idle } from "../net/idle.js";

const WARMED_MAX = 5; // without pointing at them
const UNREAD_MAX = 3; // of them
const AFTER_HOVER = 60; // ms

export class Warming {
  #socket;
  #screens;
  #visits;
  #timer;
  #work = Promise.resolve();
  #hasBegun = false;

  constructor(socket, screens, visits) {
    this.#socket = socket;
    this.#screens = screens;
    this.#visits = visits;
    socket.on("up", () => this.#begin());
    document.addEventListener("visibilitychange", () => this.#begin());
    document.addEventListener("pointerdown", ({ target, button }) => button === 0 && this.#warm(target));
    document.addEventListener("pointerover", ({ target, pointerType }) => pointerType === "mouse" && this.#hover(target));
  }

  // Once, not after each outage: the server would get the requests of everybody at the same moment.
  #begin() {
    if (this.#hasBegun || document.hidden || !this.#socket.live) return;
    this.#hasBegun = true;
    this.warmLikely();
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
    for (let number = 0; number < WARMED_MAX; number += 1) {
      await idle();
      const link = this.#likely().find(({ href }) => !this.#screens.has(href));
      if (!link || isCostly() || document.hidden) return;
      await this.#screens.warm(link.href);
    }
  }

  #likely() {
    const visits = this.#visits.all();
    const visited = ({ dataset }) => visits[dataset.room] ?? 0;
    const links = [...document.querySelectorAll("#lists a[data-room]:not([aria-current])")];
    links.sort((one, other) => visited(other) - visited(one));
    const unread = links.filter(({ dataset }) => dataset.unread !== "0");
    unread.sort((one, other) => isMention(other) - isMention(one));
    return [...new Set([...unread.slice(0, UNREAD_MAX), ...links])].slice(0, WARMED_MAX);
  }
}

function isMention(link) {
  return link.matches(".mention");
}

// The person pays for what is transferred, or waits long for it.
function isCostly() {
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  return saveData || effectiveType.includes("2g");
}
