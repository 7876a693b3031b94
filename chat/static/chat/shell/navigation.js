// Opens rooms and the home page without a page load: only the part next to the sidebar is replaced, so the
// socket, the sidebar and its scroll position stay. All other links load pages as usual.

import { addressOf, isScreen } from "./screens.js";

const BUSY_AFTER = 200; // ms

export class Navigation {
  #screens;
  #main;
  #request;
  #shown;

  constructor(screens) {
    this.#screens = screens;
    this.#main = document.getElementById("main");
    this.#shown = addressOf(location);
    this.onleave = () => {};
    this.onenter = () => {}; // called with the time at which the page arrived
    this.onfailure = () => {}; // there is no connection
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#move());
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
    if (addressOf(location) === this.#shown) return;
    if (!isScreen(location)) return location.reload();
    const { screen, isCurrent } = await this.#take(location.href);
    if (!isCurrent) return;
    if (screen) this.#show(screen);
    else location.reload();
  }

  #cancel() {
    this.#request?.abort();
    this.#main.ariaBusy = null;
  }

  // `screen` is null if it cannot be shown here. It is not current if another one was requested meanwhile.
  async #take(href) {
    document.querySelector("dialog[open]")?.close();
    this.#cancel();
    const { signal } = (this.#request = new AbortController());
    const timer = setTimeout(() => (this.#main.ariaBusy = "true"), BUSY_AFTER);
    const screen = await this.#screens.take(href, signal).catch(() => undefined);
    clearTimeout(timer);
    if (!signal.aborted) this.#main.ariaBusy = null;
    return { screen, isCurrent: !signal.aborted, hasFailed: screen === undefined };
  }

  #show({ content, title, arrivedAt }) {
    this.onleave();
    this.#shown = addressOf(location);
    this.#main.replaceChildren(content);
    document.title = title;
    htmx.process(this.#main);
    this.onenter(arrivedAt);
    this.#focus();
    if (location.hash) location.replace(location.hash);
  }

  // The box to write in, as after a page load. On a phone that would open the keyboard.
  #focus() {
    const place = this.#main.querySelector("[autofocus]");
    const heading = this.#main.querySelector("h1") ?? this.#main;
    heading.tabIndex = -1;
    if (place && !(touch.matches && place.matches("textarea"))) place.focus();
    else heading.focus({ preventScroll: true });
  }
}

const touch = matchMedia("(pointer: coarse)");

function isForBrowser({ button, ctrlKey, metaKey, shiftKey, altKey }, { origin, target, download }) {
  const isElsewhere = origin !== location.origin || (target && target !== "_self") || download;
  return isElsewhere || button !== 0 || ctrlKey || metaKey || shiftKey || altKey;
}
