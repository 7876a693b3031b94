// Names of people by id, from the page and the server, remembered in this tab for a while. Dispatches
// "change" when names are new.

import { handleOf } from "../text/handles.js";

const ASKED_MAX = 30;
const KEPT_MS = 5 * 60_000; // people may change their names while no page is open
const RETRY_AFTER = 1_000; // ms, doubled at each failure
const RETRY_AFTER_MAX = 60_000;

export class DisplayNames extends EventTarget {
  #url;
  #key;
  #known;
  #handles;
  #faces;
  #asked = new Set();

  constructor(me, url) {
    super();
    this.#url = url;
    this.#key = `names:${me}`;
    const { names = [], handles = [], faces = [] } = this.#load();
    this.#known = new Map(names);
    this.#handles = new Map(handles);
    this.#faces = new Map(faces);
  }

  #load() {
    const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
    return Date.now() - kept.at < KEPT_MS ? kept : {};
  }

  has(id) {
    return this.#known.has(id);
  }

  get(id) {
    return this.#known.get(id);
  }

  handle(id) {
    return this.#handles.get(id) ?? "";
  }

  face(id) {
    return this.#faces.get(id);
  }

  set(id, name, handle = "", face = this.face(id)) {
    this.#known.set(id, name);
    this.#handles.set(id, handle);
    this.#faces.set(id, face);
  }

  // Requests each id once, and repeats a request that fails.
  async fetch(ids) {
    const unknown = ids.filter((id) => !this.has(id) && !this.#asked.has(id)).slice(0, ASKED_MAX);
    if (!unknown.length) return;
    unknown.forEach((id) => this.#asked.add(id));
    for (const user of await ask(this.#url, unknown)) this.set(String(user.id), user.name, handleOf(user), user.face);
    this.#save();
    this.#changed();
  }

  #save() {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ at: Date.now(), names: [...this.#known], handles: [...this.#handles], faces: [...this.#faces] }));
    } catch {
      // The storage is full or forbidden. The next page requests the names again.
    }
  }

  rename(id, name, handle) {
    this.set(id, name, handle);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

async function ask(url, ids) {
  const query = ids.map((id) => `ids=${encodeURIComponent(id)}`).join("&");
  for (let delay = RETRY_AFTER; ; delay = Math.min(2 * delay, RETRY_AFTER_MAX)) {
    try {
      const answer = await fetch(`${url}?${query}`);
      if (answer.redirected) return []; // signed out
      if (answer.ok) return (await answer.json()).users;
      if (answer.status < 500 && answer.status !== 429) return [];
    } catch {
      // No connection.
    }
    await new Promise((resolve) => setTimeout(resolve, delay * (1 + Math.random())));
  }
}
