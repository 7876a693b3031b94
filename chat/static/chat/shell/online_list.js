// The people who are here: dots on avatars, and the lists of names in the sidebar and on the home page,
// updated live.

import { arrange } from "./rows.js";
import { initialOf } from "./renaming.js";
import { isolate } from "../text/bidi.js";
import { gettext, ngettext } from "../text/words.js";

const LISTED_MAX = 30;
const FETCH_AFTER = 300; // ms

export class OnlineList {
  #me;
  #names;
  #states = new Map(); // id: "here" or "away"
  #shared = new Set(); // the people in presence frames: those who share a room with me
  #isLoaded = false;
  #timer;

  constructor(socket, me, names) {
    this.#me = me;
    this.#names = names;
    socket.on("up", (hello) => {
      this.#states.clear();
      this.#isLoaded = true;
      this.#apply(hello);
    });
    socket.on("presence", (frame) => this.#apply(frame));
    names.addEventListener("change", () => this.draw());
  }

  #apply({ here = [], away = [], left = [] }) {
    for (const id of here) this.#states.set(String(id), "here");
    for (const id of away) this.#states.set(String(id), "away");
    for (const id of left) this.#states.delete(String(id));
    for (const id of [...here, ...away, ...left]) this.#shared.add(String(id));
    this.draw();
  }

  draw() {
    this.#lightAll();
    if (this.#isLoaded) this.#list();
  }

  #lightAll() {
    for (const avatar of document.querySelectorAll("[data-person]")) {
      const { person: id, name, handle, face } = avatar.dataset;
      this.#names.set(id, name, handle, face);
      if (this.#shared.has(id)) light(avatar, this.#states.get(id)); // the others stay as the page showed them
    }
  }

  #list() {
    const ids = [...this.#states.keys()];
    const known = ids.filter((id) => this.#names.has(id));
    known.sort((a, b) => this.#names.get(a).localeCompare(this.#names.get(b)));
    const listed = known.slice(0, LISTED_MAX);
    for (const list of document.querySelectorAll("[data-online]")) this.#fill(list, listed, ids.length);
    for (const count of document.querySelectorAll("[data-online-count]")) count.textContent = ids.length || "";
    for (const note of document.querySelectorAll("[data-nobody-online]")) note.hidden = ids.some((id) => id !== this.#me);
    if (known.length < LISTED_MAX) this.#fetchSoon(ids.filter((id) => !this.#names.has(id)));
  }

  // Rows that stay keep the focus, and a click that has begun.
  #fill(list, ids, count) {
    const before = new Map([...list.children].map((row) => [row.querySelector("button")?.value, row]));
    const rows = ids.map((id) => this.#update(before.get(id) ?? newRow(), id));
    if (count > LISTED_MAX) rows.push(updateRest(before.get(undefined) ?? newRest(), count - LISTED_MAX)); // without a button
    for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
    arrange(list, rows);
  }

  #update(row, id) {
    const [button, avatar, initial, label, hint] = row.querySelectorAll("[data-part]");
    const name = this.#names.get(id);
    button.value = id;
    avatar.dataset.face = this.#names.face(id);
    light(avatar, this.#states.get(id));
    initial.textContent = initialOf(name);
    label.textContent = id === this.#me ? gettext("{name} (you)", { name: isolate(name) }) : name;
    hint.textContent = id === this.#me ? "" : this.#names.handle(id);
    hint.hidden = !hint.textContent;
    return row;
  }

  #fetchSoon(unknown) {
    clearTimeout(this.#timer);
    if (!unknown.length) return;
    this.#timer = setTimeout(() => this.#names.fetch(unknown), FETCH_AFTER);
  }
}

function light(avatar, state) {
  avatar.classList.toggle("here", state === "here");
  avatar.classList.toggle("away", state === "away");
}

function newRow() {
  return document.getElementById("here-person").content.firstElementChild.cloneNode(true);
}

function newRest() {
  const row = document.createElement("li");
  const { onlineUrl } = document.body.dataset;
  const link = document.createElement(onlineUrl ? "a" : "span");
  if (onlineUrl) link.href = onlineUrl;
  row.append(link);
  return row;
}

function updateRest(row, count) {
  row.firstElementChild.textContent = ngettext("and {count} more", "and {count} more", count);
  return row;
}
