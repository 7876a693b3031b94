// How far each page was scrolled, for the entries of this tab's history: back, forward and a reload return
// to the place. The browser does this for whole pages only, not for an element that scrolls.

import { recall, remember } from "../net/device_storage.js";
import { isAtEnd, readingPlace, restorePlace } from "../room/reading_place.js";

const KEY = "places";
const KEPT_MAX = 100;
const SCROLLED_UP = "scrolled_up"; // a cookie: see mark_shown_as_read in views/rooms.py

export class Places {
  #entry;
  #isUp;

  constructor() {
    this.enter();
    document.addEventListener("scroll", () => this.#scrolled(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => document.hidden && this.keep()); // also when it is left
  }

  // That of the present entry of the history, or null if it is new.
  get current() {
    return all()[history.state?.entry] ?? null;
  }

  // The page that is shown is that of the present entry now.
  enter() {
    if (!history.state?.entry) history.replaceState({ ...history.state, entry: now() }, "");
    this.#entry = history.state.entry;
    this.#setUp(false);
  }

  // The page that is shown may be left, or the history is at another entry already.
  keep() {
    const { [this.#entry]: _, ...others } = all();
    const kept = [...Object.entries(others), [this.#entry, presentPlace()]].slice(-KEPT_MAX);
    remember(sessionStorage, KEY, JSON.stringify(Object.fromEntries(kept)));
  }

  #scrolled() {
    const scroller = document.getElementById("scroller");
    const isUp = scroller !== null && !isAtEnd(scroller);
    if (isUp !== this.#isUp) this.#setUp(isUp);
  }

  // The server marks a page that it sends as read. If it returns to a place further up, this would be wrong.
  #setUp(isUp) {
    this.#isUp = isUp;
    const age = isUp ? "" : "; max-age=0";
    document.cookie = `${SCROLLED_UP}=1; path=${location.pathname}; samesite=lax${age}`;
  }
}

export function restore(place) {
  const scroller = document.getElementById("scroller");
  if (scroller) restorePlace(scroller, place);
  else document.querySelector("#main .sheet-scroll")?.scrollTo({ top: place.top, behavior: "instant" });
}

function all() {
  return JSON.parse(recall(sessionStorage, KEY) ?? "{}");
}

function now() {
  return String(performance.timeOrigin + performance.now());
}

function presentPlace() {
  const scroller = document.getElementById("scroller");
  if (scroller) return readingPlace(scroller);
  const sheet = document.querySelector("#main .sheet-scroll");
  return sheet && { top: sheet.scrollTop };
}
