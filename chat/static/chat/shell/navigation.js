// Opens rooms and the home page without a page load: only the part next to the sidebar is replaced, so the
// socket, the sidebar and its scroll position stay. All other links load pages as usual.

import { addressOf, isScreen } from "./screens.js";
import { Places, restore } from "./places.js";
import { hasPlace, placeUrl } from "../room/reading_place.js";

const BUSY_AFTER = 200; // ms

export class Navigation {
  #screens;
  #places = new Places();
  #main;
  #request;
  #shown;

  constructor(screens) {
    this.#screens = screens;
    this.#main = document.getElementById("main");
    this.#shown = addressOf(location);
    this.onleave = () => {};
    this.onenter = () => {}; // called with the time at which the page arrived, and the place in it or null
    this.onfailure = () => {}; // there is no connection
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#move());
  }

  // The place in the page that was loaded, or null.
  get place() {
    return this.#places.current;
  }

  // Called after a load: the latest messages may not go back to the place.
  async findPlace() {
    const { place } = this;
    if (!place) return;
    this.#main.querySelector(".target[autofocus]")?.focus({ preventScroll: true }); // the browser would scroll
    if (hasPlace(this.#main, place)) return;
    const { screen, isCurrent } = await this.#take(placeUrl(location.href, place));
    if (screen && isCurrent) this.#show(screen, place);
  }

  #clicked(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || isForBrowser(event, link) || !isScreen(link)) return;
    if (addressOf(link) === this.#shown && link.hash) return; // a place on this page
    event.preventDefault();
    this.#open(link.href);
  }

  async #open(href) {
    const { screen, isCurrent, hasFailed } = await this.#take(href);
    if (!isCurrent) return;
    if (hasFailed) return this.onfailure();
    if (!screen) return location.assign(href); // the browser shows what is wrong
    const url = new URL(screen.url);
    url.hash = new URL(href).hash;
    if (url.href === location.href) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    this.#show(screen);
  }

  // Back or forward: the address has changed already.
  async #move() {
    this.#cancel();
    const { place } = this;
    if (addressOf(location) === this.#shown && (!place || hasPlace(this.#main, place))) return this.#stay(place);
    if (!isScreen(location)) return location.reload();
    const { screen, isCurrent } = await this.#take(location.href, place);
    if (!isCurrent) return;
    if (screen) this.#show(screen, place);
    else location.reload();
  }

  // Another entry of the history has the same page.
  #stay(place) {
    this.#places.keep();
    this.#places.enter();
    if (place) restore(place);
  }

  #cancel() {
    this.#request?.abort();
    this.#main.ariaBusy = null;
  }

  // `screen` is null if it cannot be shown here. It is not current if another one was requested meanwhile.
  async #take(href, place = null) {
    document.querySelector("dialog[open]")?.close();
    this.#cancel();
    const { signal } = (this.#request = new AbortController());
    const timer = setTimeout(() => (this.#main.ariaBusy = "true"), BUSY_AFTER);
    const screen = await this.#screens.take(href, place, signal).catch(() => undefined);
    clearTimeout(timer);
    if (!signal.aborted) this.#main.ariaBusy = null;
    return { screen, isCurrent: !signal.aborted, hasFailed: screen === undefined };
  }

  #show({ content, title, arrivedAt }, place = null) {
    this.#places.keep();
    this.#places.enter();
    this.onleave();
    this.#shown = addressOf(location);
    this.#main.replaceChildren(content);
    document.title = title;
    htmx.process(this.#main);
    this.onenter(arrivedAt, place);
    this.#focus(place !== null);
    if (location.hash && !place) location.replace(location.hash);
  }

  // The box to write in, as after a page load. On a phone that would open the keyboard.
  #focus(preventScroll) {
    const wanted = this.#main.querySelector("[autofocus]");
    const heading = this.#main.querySelector("h1") ?? this.#main;
    heading.tabIndex = -1;
    if (wanted && !(touch.matches && wanted.matches("textarea"))) wanted.focus({ preventScroll });
    else heading.focus({ preventScroll: true });
  }
}

const touch = matchMedia("(pointer: coarse)");

function isForBrowser({ button, ctrlKey, metaKey, shiftKey, altKey }, { origin, target, download }) {
  const isElsewhere = origin !== location.origin || (target && target !== "_self") || download;
  return isElsewhere || button !== 0 || ctrlKey || metaKey || shiftKey || altKey;
}
