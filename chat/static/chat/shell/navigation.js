// Opens rooms and the home page without a page load: only the part next to the sidebar is replaced, so the
// socket, the sidebar and its scroll position stay. All other links load pages as usual.

const BUSY_AFTER = 200; // ms

export class Navigation {
  #main;
  #request;
  #shown;

  constructor() {
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
    const { page, isCurrent, hasFailed } = await this.#fetch(href);
    if (!isCurrent) return;
    if (hasFailed) return this.onfailure();
    if (!page) return location.assign(href); // the browser shows what is wrong
    const { url } = page;
    if (url.href === location.href) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    this.#show(page);
  }

  // Back or forward: the address has changed already.
  async #move() {
    this.#cancel();
    if (addressOf(location) === this.#shown) return;
    if (!isScreen(location)) return location.reload();
    const { page, isCurrent } = await this.#fetch(location.href);
    if (!isCurrent) return;
    if (page) this.#show(page);
    else location.reload();
  }

  #cancel() {
    this.#request?.abort();
    this.#main.ariaBusy = null;
  }

  // `page` is null if it cannot be shown here. It is not current if another one was requested meanwhile.
  async #fetch(href) {
    document.querySelector("dialog[open]")?.close();
    this.#cancel();
    const { signal } = (this.#request = new AbortController());
    const timer = setTimeout(() => (this.#main.ariaBusy = "true"), BUSY_AFTER);
    const page = await fetchPage(href, signal).catch(() => undefined);
    clearTimeout(timer);
    if (!signal.aborted) this.#main.ariaBusy = null;
    return { page, isCurrent: !signal.aborted, hasFailed: page === undefined };
  }

  #show({ screen, title, arrivedAt }) {
    this.onleave();
    this.#shown = addressOf(location);
    this.#main.replaceChildren(...screen.childNodes);
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

function addressOf({ pathname, search }) {
  return pathname + search;
}

function isForBrowser({ button, ctrlKey, metaKey, shiftKey, altKey }, { origin, target, download }) {
  const isElsewhere = origin !== location.origin || (target && target !== "_self") || download;
  return isElsewhere || button !== 0 || ctrlKey || metaKey || shiftKey || altKey;
}

function isScreen({ pathname }) {
  const { homeUrl, roomPattern } = document.body.dataset; // with 0 for the id
  const place = roomPattern.lastIndexOf("0");
  const [before, after] = [roomPattern.slice(0, place), roomPattern.slice(place + 1)];
  const isAround = pathname.startsWith(before) && pathname.endsWith(after);
  const id = pathname.slice(before.length, pathname.length - after.length);
  return pathname === homeUrl || (isAround && /^\d+$/.test(id));
}

// Returns null for pages outside the chat, for another user, in another language and for another version of
// the scripts.
async function fetchPage(href, signal) {
  const headers = { "Chat-Screen": "1" }; // the server does not take the messages for read: they may not be shown
  const answer = await fetch(href, { signal, headers });
  if (!answer.ok) return null;
  const arrivedAt = Date.now();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (stateOf(page) !== stateOf(document)) return null;
  const url = new URL(answer.url);
  url.hash = new URL(href).hash;
  return { url, arrivedAt, title: page.title, screen: page.getElementById("main") };
}

function stateOf(page) {
  const script = page.querySelector("script[type=module]")?.getAttribute("src");
  return [page.body.dataset.user, page.documentElement.lang, script].join();
}
