// Who is here: dots on avatars and the list of names, live.

import { isolate } from "../text/bidi.js";

const LISTED_MAX = 30;
const HUES = 12;
const FETCH_AFTER = 300; // ms

export class OnlineList {
  constructor(socket, me, names) {
    Object.assign(this, { me, names });
    this.states = new Map(); // id: "here" or "away"
    this.told = new Set(); // whom the server ever spoke of: people I share a room with
    socket.on("up", (hello) => {
      this.states.clear();
      this.take(hello);
    });
    socket.on("presence", (frame) => this.take(frame));
    names.addEventListener("change", () => this.draw());
  }

  take({ here = [], away = [], left = [] }) {
    for (const id of here) this.states.set(id, "here");
    for (const id of away) this.states.set(id, "away");
    for (const id of left) this.states.delete(id);
    for (const id of [...here, ...away, ...left]) this.told.add(id);
    this.draw();
  }

  draw() {
    for (const face of document.querySelectorAll("[data-person]")) {
      const id = Number(face.dataset.person);
      this.names.set(id, face.dataset.name, face.dataset.handle);
      if (this.told.has(id)) light(face, this.states.get(id)); // the others stay as the page came
    }
    this.list();
  }

  list() {
    const ids = [...this.states.keys()];
    const known = ids.filter((id) => this.names.has(id));
    known.sort((a, b) => this.names.get(a).localeCompare(this.names.get(b)));
    const items = known.slice(0, LISTED_MAX).map((id) => this.item(id));
    if (ids.length > LISTED_MAX) items.push(rest(ids.length - LISTED_MAX));
    document.getElementById("here").replaceChildren(...items);
    document.getElementById("here-count").textContent = ids.length || "";
    if (known.length < LISTED_MAX) this.fetchSoon(ids.filter((id) => !this.names.has(id)));
  }

  item(id) {
    const item = document.getElementById("here-person").content.firstElementChild.cloneNode(true);
    const [button, avatar, initial, label] = item.querySelectorAll("[data-part]");
    const name = this.names.get(id);
    button.value = id;
    button.disabled = id === this.me;
    avatar.dataset.hue = id % HUES;
    light(avatar, this.states.get(id));
    initial.textContent = name.slice(0, 1).toUpperCase();
    label.textContent = id === this.me ? `${isolate(name)} (you)` : name;
    if (this.names.handle(id)) label.after(hint(this.names.handle(id)));
    return item;
  }

  fetchSoon(unknown) {
    clearTimeout(this.timer);
    if (!unknown.length) return;
    this.timer = setTimeout(() => this.names.fetch(unknown), FETCH_AFTER);
  }
}

function light(face, state) {
  face.classList.toggle("here", state === "here");
  face.classList.toggle("away", state === "away");
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
  link.textContent = `and ${count} more`;
  item.append(link);
  return item;
}
