// The people who are here: dots on avatars and the list of names, updated live.

import { isolate } from "../text/bidi.js";
import { gettext, ngettext } from "../text/words.js";

const LISTED_MAX = 30;
const FETCH_AFTER = 300; // ms

export class OnlineList {
  #me;
  #names;
  #states = new Map(); // id: "here" or "away"
  #shared = new Set(); // the people in presence frames: those who share a room with me
  #timer;

  constructor(socket, me, names) {
    this.#me = me;
    this.#names = names;
    socket.on("up", (hello) => {
      this.#states.clear();
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
    this.lightAll();
    this.#list();
  }

  lightAll() {
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
    const items = known.slice(0, LISTED_MAX).map((id) => this.#item(id));
    if (ids.length > LISTED_MAX) items.push(rest(ids.length - LISTED_MAX));
    document.getElementById("here").replaceChildren(...items);
    document.getElementById("here-count").textContent = ids.length || "";
    if (known.length < LISTED_MAX) this.#fetchSoon(ids.filter((id) => !this.#names.has(id)));
  }

  #item(id) {
    const item = document.getElementById("here-person").content.firstElementChild.cloneNode(true);
    const [button, avatar, initial, label] = item.querySelectorAll("[data-part]");
    const name = this.#names.get(id);
    button.value = id;
    button.disabled = id === this.#me;
    avatar.dataset.face = this.#names.face(id);
    light(avatar, this.#states.get(id));
    initial.textContent = name.slice(0, 1).toUpperCase();
    label.textContent = id === this.#me ? gettext("{name} (you)", { name: isolate(name) }) : name;
    if (this.#names.handle(id)) label.after(hint(this.#names.handle(id)));
    return item;
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

function hint(text) {
  const element = document.createElement("span");
  element.className = "hint";
  element.textContent = text;
  return element;
}

function rest(count) {
  const item = document.createElement("li");
  const { onlineUrl } = document.body.dataset;
  const link = document.createElement(onlineUrl ? "a" : "span");
  if (onlineUrl) link.href = onlineUrl;
  link.textContent = ngettext("and {count} more", "and {count} more", count);
  item.append(link);
  return item;
}
