// Shows unread counts in the list of rooms and in the title.

import { isolate } from "../text/bidi.js";
import { UnreadBelow } from "./unread_below.js";
import { gettext, ngettext } from "../text/words.js";

const REFRESH_AFTER = 300; // ms
const SHOWN_MAX = 99;

export class Sidebar {
  #current;
  #marked; // the open room, or that which the page is about, such as that of its members
  #counts;
  #lists;
  #title;
  #talks = new Set(); // the people of my conversations, which are named after them
  #timer;
  #isBehind = false;
  #focused;

  constructor(socket, counts) {
    this.#counts = counts;
    this.#lists = document.getElementById("lists");
    new UnreadBelow(this.#lists);
    this.unseen = 0; // in the open room
    this.onchange = () => {}; // called with the id of a room
    this.oncounts = () => {};
    this.onrefresh = () => {};
    this.onlists = () => {}; // the same, for the open room
    this.isHeld = () => false; // while a row moves, its list is not replaced
    counts.onchange = (room) => this.#draw(room);
    this.#lists.addEventListener("htmx:beforeSwap", (event) => this.#replace(event));
    document.addEventListener("htmx:afterOnLoad", ({ detail }) => detail.target === this.#lists && this.#replaced());
    socket.on("activity", ({ room }) => this.#link(room) || this.refresh());
    socket.on("room", (frame) => this.#changed(frame));
    socket.on("person", ({ user }) => this.#talks.has(user.id) && this.refresh());
    socket.on("up", (hello) => this.#compare(hello.rooms));
    // Of a room that was left, on their way while it was closed.
    socket.on("message", ({ room, version }) => room !== this.#current && counts.heard(room, version));
    socket.on("opened", ({ room, head }) => room !== this.#current && counts.heard(room, head));
    socket.on("draft", ({ room, body }) => room !== this.#current && this.markDraft(room, body !== ""));
  }

  leave() {
    for (const link of document.querySelectorAll("#side [aria-current]")) link.removeAttribute("aria-current");
  }

  // Another room is open now, or none (NaN).
  enter(room) {
    const left = this.#current;
    this.#current = room;
    this.#marked = room || this.#shownMark;
    this.#title = document.title;
    this.unseen = 0;
    this.onchange = this.onlists = () => {};
    this.#markCurrent();
    const shown = [...document.querySelectorAll("#main [data-unread]")].map((link) => Number(link.dataset.room));
    for (const id of [left, ...shown]) if (this.#counts.get(id)) this.#draw(id);
    this.drawTitle();
  }

  get #shownMark() {
    return Number(this.#lists.querySelector("[data-room][aria-current]")?.dataset.room);
  }

  #markCurrent() {
    const link = this.#link(this.#current);
    if (link) open(link);
    if (location.pathname === document.body.dataset.homeUrl) document.querySelector("#side .brand").ariaCurrent = "page";
  }

  isFavourite(room) {
    return this.#link(room)?.dataset.favourite !== undefined;
  }

  // Shows whether a room that is not open has a draft.
  markDraft(room, hasDraft) {
    const link = this.#link(room);
    link?.querySelector(".draft")?.remove();
    if (!hasDraft || !link || link.querySelector(".badge")) return;
    link.append(document.getElementById("draft-mark").content.cloneNode(true));
  }

  #link(room) {
    return this.#lists.querySelector(`[data-room="${Number(room)}"]`);
  }

  // In all places: on a phone, the home page has the lists too.
  #draw(room) {
    const { unread, mentions } = this.#counts.get(room);
    const links = document.querySelectorAll(`[data-room="${Number(room)}"][data-unread]`);
    if (room !== this.#current) links.forEach((link) => mark(link, unread, mentions > 0));
    updateStart(room, unread);
    this.oncounts();
    this.onchange(room);
    this.drawTitle();
  }

  // After a time without a connection. Fetches the lists only if rooms were added, removed or moved.
  #compare(rooms) {
    this.#talks = new Set(rooms.flatMap(({ people = [] }) => people));
    const listed = this.#lists.querySelectorAll("[data-room]").length;
    if (listed !== rooms.length || !rooms.every((room) => this.#isInPlace(room))) this.refresh();
  }

  #isInPlace({ id, favourite }) {
    const link = this.#link(id);
    return link !== null && (link.dataset.favourite ?? "") === String(favourite ?? "");
  }

  #changed({ room, member }) {
    for (const person of room.people ?? []) this.#talks.add(person);
    if (room.id === this.#current && !member) return location.assign(document.body.dataset.homeUrl);
    if (room.id === this.#current && room.archived !== isArchived()) return location.reload();
    if (room.id === this.#current && room.name) this.#nameRoom(room.name, room.kind === "direct");
    this.refresh();
  }

  refresh() {
    clearTimeout(this.#timer);
    this.#isBehind = false;
    this.#timer = setTimeout(() => this.#fetch(), REFRESH_AFTER);
  }

  #fetch() {
    const query = this.#marked ? `?current=${this.#marked}` : "";
    const target = { target: this.#lists, swap: "innerHTML" };
    htmx.ajax("GET", document.body.dataset.sidebarUrl + query, target).catch(() => {}); // no connection
  }

  #replace(event) {
    this.#isBehind = this.isHeld();
    if (this.#isBehind) event.preventDefault();
    else this.#focused = document.activeElement?.closest("#lists [data-room]")?.dataset.room;
  }

  // Also if several refreshes overlap: htmx reports each of them here.
  #replaced() {
    if (!Object.is(this.#shownMark, this.#marked)) { // another room was opened meanwhile
      this.leave();
      this.#markCurrent();
    }
    this.onrefresh();
    this.onlists();
    this.#nameConversation();
    this.#drawAll();
    if (this.#focused) this.#link(this.#focused)?.focus({ preventScroll: true });
    this.#focused = null;
  }

  // The lists may be replaced again.
  resume() {
    if (this.#isBehind) this.refresh();
  }

  // An open conversation may be named after its people.
  #nameConversation() {
    const name = this.#lists.querySelector(".direct [aria-current] .name")?.textContent;
    if (name && this.#current) this.#nameRoom(name, true);
  }

  // Changes the heading, the title and the label of the composer.
  #nameRoom(name, isDirect) {
    const heading = document.querySelector(".room-head h1 span");
    if (!heading || heading.textContent === name) return;
    const before = isolate(heading.textContent);
    this.#title = this.#title.replace(before, () => isolate(name));
    labelComposer(isolate(name), isDirect);
    heading.textContent = name;
    const people = document.getElementById("people-names");
    if (people) people.hidden = people.textContent === name;
    this.drawTitle();
  }

  // The lists may be older than the counts, and may have rooms without counts.
  #drawAll() {
    for (const { dataset } of this.#lists.querySelectorAll("[data-unread]")) {
      const room = Number(dataset.room);
      if (this.#counts.get(room)) this.#draw(room);
      else this.#counts.askSoon(room);
    }
    this.oncounts();
    this.drawTitle();
  }

  drawTitle() {
    const links = [...this.#lists.querySelectorAll("[data-unread]")];
    const total = links.reduce((sum, link) => sum + Number(link.dataset.unread), this.unseen);
    document.getElementById("open-drawer")?.classList.toggle("news", total > this.unseen);
    document.title = total ? `(${total}) ${this.#title}` : this.#title;
  }
}

function open(link) {
  link.ariaCurrent = "page";
  mark(link, 0, false);
  link.querySelector(".draft")?.remove();
  link.querySelector(".new")?.remove();
  requestAnimationFrame(() => link.scrollIntoView({ block: "nearest" })); // the page is laid out once
}

// As in _composer.html.
function labelComposer(name, isDirect) {
  const box = document.querySelector("#composer textarea");
  if (!box) return;
  box.ariaLabel = gettext("Message to {name}", { name });
  box.placeholder = isDirect ? gettext("Message {name}", { name }) : gettext("Message #{name}", { name });
}

function isArchived() {
  return document.getElementById("scroller")?.dataset.archived !== undefined;
}

function mark(link, count, named) {
  link.dataset.unread = count;
  link.classList.toggle("mention", count > 0 && named);
  link.querySelector(".badge")?.remove();
  if (count) link.querySelector(".draft")?.remove();
  if (count) link.append(badge(count, named));
}

// The home page has a link to one room to start with. A topic, which is in an element, stays.
function updateStart(room, unread) {
  const line = document.querySelector(`.back[data-start="${Number(room)}"] .small`);
  if (unread && line) line.textContent = ngettext("{count} unread", "{count} unread", unread, { count: shown(unread) });
  else if (line && !line.firstElementChild) line.textContent = gettext("You have read everything");
}

function shown(count) {
  return count > SHOWN_MAX ? `${SHOWN_MAX}+` : count;
}

function badge(count, named) {
  const element = document.createElement("span");
  element.className = "badge";
  element.textContent = shown(count);
  const unread = document.createElement("span");
  unread.className = "unseen";
  const words = named ? gettext("unread, mentioning you") : gettext("unread");
  unread.textContent = ` ${words}`;
  element.append(unread);
  return element;
}
