// What pages of rooms and the home page show next to the sidebar. Those of rooms may be fetched before they
// are needed. A room that was fetched earlier catches up over the socket when it is opened, and is dropped when
// something about it changed that does not come with its messages.

import { hasPlace, placeUrl } from "../room/reading_place.js";

const KEPT_MAX = 8;
const KEPT_FOR = 5 * 60_000; // ms
const ARRIVES_WITHIN = 10_000;
const LOADING_MAX = 2;
const BEHIND_MAX = 50; // changes: to catch up with more takes longer than to fetch the room again

export class Screens {
  #socket;
  #kept = new Map(); // by address, the oldest first: {room, startedAt, loading, head, abort}

  constructor(socket) {
    this.#socket = socket;
    socket.on("activity", ({ room, head }) => this.#dropIf((kept) => kept.room === room && head - kept.head > BEHIND_MAX));
    for (const type of ["draft", "read"]) socket.on(type, ({ room }) => this.drop(room));
    socket.on("room", ({ room }) => this.drop(room.id));
    socket.on("person", () => this.#dropIf(() => true)); // names in messages
    socket.on("down", () => this.#dropIf(() => true)); // changes may be missed
  }

  // Fetches a room before it is needed, if changes in it will be known.
  async warm(href) {
    this.#dropIf(isOld);
    if (!this.#socket.live || this.has(href) || this.#isBusy) return;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), ARRIVES_WITHIN);
    const kept = {
      room: roomOf(new URL(href)),
      startedAt: Date.now(),
      loading: fetchScreen(href, controller.signal).catch(() => null),
      head: Infinity, // until it has arrived
      abort: () => controller.abort(),
    };
    this.#kept.set(addressOf(new URL(href)), kept);
    const [oldest] = this.#kept.values();
    if (this.#kept.size > KEPT_MAX) this.#dropIf((other) => other === oldest);
    const screen = await kept.loading;
    clearTimeout(timer);
    if (screen) kept.head = screen.head;
    else this.#dropIf((other) => other === kept);
  }

  has(href) {
    return this.#kept.has(addressOf(new URL(href)));
  }

  get #isBusy() {
    return [...this.#kept.values()].filter(({ head }) => head === Infinity).length >= LOADING_MAX;
  }

  // Returns null for pages outside the chat, for another user, in another language and for another version of
  // the scripts. Raises an error if there is no connection. With a `place`, returns a page that has it, if
  // there is one.
  async take(href, place, signal) {
    this.#dropIf(isOld);
    const address = addressOf(new URL(href));
    const kept = this.#kept.get(address);
    this.#kept.delete(address);
    const screen = (await kept?.loading) ?? (await fetchScreen(href, signal));
    if (!screen || !place || hasPlace(screen.content, place)) return screen;
    return (await fetchScreen(placeUrl(href, place), signal).catch(() => null)) ?? screen;
  }

  drop(room) {
    this.#dropIf((kept) => kept.room === room);
  }

  #dropIf(matches) {
    for (const [address, kept] of this.#kept) {
      if (!matches(kept)) continue;
      kept.abort();
      this.#kept.delete(address);
    }
  }
}

function isOld({ startedAt }) {
  return Date.now() - startedAt > KEPT_FOR;
}

export function addressOf({ pathname, search }) {
  return pathname + search;
}

export function isScreen(url) {
  return url.pathname === document.body.dataset.homeUrl || roomOf(url) !== null;
}

// Returns the id, or null if it is not the page of a room.
function roomOf({ pathname }) {
  const { roomPattern } = document.body.dataset; // with 0 for the id
  const place = roomPattern.lastIndexOf("0");
  const [before, after] = [roomPattern.slice(0, place), roomPattern.slice(place + 1)];
  const id = pathname.slice(before.length, pathname.length - after.length);
  return pathname === before + id + after && /^\d+$/.test(id) ? Number(id) : null;
}

async function fetchScreen(href, signal) {
  const answer = await fetch(href, { signal, headers: { "Chat-Screen": "1" } }); // see is_screen in views/access.py
  if (!answer.ok) return null;
  const arrivedAt = Date.now();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (stateOf(page) !== stateOf(document)) return null;
  const content = document.createDocumentFragment();
  content.append(...page.getElementById("main").childNodes);
  const head = Number(content.querySelector("#scroller")?.dataset.head);
  return { url: answer.url, title: page.title, content, head, arrivedAt };
}

function stateOf(page) {
  const script = page.querySelector("script[type=module]")?.getAttribute("src");
  return [page.body.dataset.user, page.documentElement.lang, script].join();
}
