// "Alice is typing…". It disappears after a while, and as soon as Alice has posted.

import { isolate } from "../text/bidi.js";
import { gettext } from "../text/words.js";

const FORGET_AFTER = 5_000; // ms

export class Typing {
  #line;
  #people = new Map(); // id: [name, timer]

  constructor(socket, room, me, signal) {
    this.#line = document.getElementById("typing");
    const typing = (frame) => {
      if (frame.room === room && String(frame.user) !== me) this.#add(frame.user, frame.name);
    };
    socket.on("typing", typing, signal);
    socket.on("message", (frame) => frame.room === room && this.#remove(frame.author), signal);
    socket.on("down", () => [...this.#people.keys()].forEach((id) => this.#remove(id)), signal);
  }

  #add(id, name) {
    clearTimeout(this.#people.get(id)?.[1]);
    this.#people.set(id, [name, setTimeout(() => this.#remove(id), FORGET_AFTER)]);
    this.#draw();
  }

  #remove(id) {
    clearTimeout(this.#people.get(id)?.[1]);
    if (this.#people.delete(id)) this.#draw();
  }

  #draw() {
    const names = [...this.#people.values()].map(([name]) => isolate(name));
    this.#line.textContent = sentence(names);
  }
}

function sentence(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return gettext("{name} is typing…", { name: names[0] });
  if (names.length === 2) return gettext("{0} and {1} are typing…", names);
  return gettext("Several people are typing…");
}
