// The profile of a person, opened by a click on their avatar, name or mention.

import { idOf } from "../text/ids.js";
import { isConfirm } from "../text/input_method.js";
import { gettext, locale } from "../text/words.js";

const LISTED = "main [data-name-of]:not(.author), .room-head > .avatar[data-person]"; // outside messages
const NAMES = `.message:not(.deleted) .author, .body .mention[data-user], ${LISTED}`;
const PICTURES = ".message > .avatar, main .avatar[data-person]";
const PLACES = `${NAMES}, ${PICTURES}, .reply:not([data-author=""]) b, [data-online] button`;
const GAP = 8; // px

export class ProfileCard {
  #card;
  #url;
  #request;

  constructor(url) {
    this.#url = url;
    this.#card = document.getElementById("profile-card");
    this.onmention = null; // called with a username, if one can write here
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => this.#keydown(event));
    document.addEventListener("htmx:afterSwap", () => this.enter());
    this.#card.addEventListener("click", ({ target }) => this.#clickedInside(target));
  }

  #clicked(event) {
    const place = event.target.closest(PLACES);
    if (!place) return;
    event.preventDefault(); // of the link around it
    this.open(personAt(place), place);
  }

  // The Tab key reaches the names in lists and the people of a conversation.
  enter() {
    for (const name of document.querySelectorAll(LISTED)) {
      name.role = "button";
      name.tabIndex = 0;
      if (name.dataset.name) name.ariaLabel = name.dataset.name; // a picture
    }
  }

  // Screen readers reach names in messages without the Tab key.
  #keydown(event) {
    if (!isConfirm(event) && event.key !== " ") return;
    if (!event.target.matches(NAMES)) return;
    event.preventDefault();
    this.open(personAt(event.target), event.target);
  }

  // Opens the profile of a person next to an element.
  async open(id, place) {
    if (!id) return; // a former member
    const request = (this.#request = {});
    const answer = await fetch(`${this.#url}?id=${encodeURIComponent(id)}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    if (this.#request !== request) return;
    this.#card.innerHTML = html;
    this.#card.querySelectorAll("[data-time-zone]").forEach(showLocalTime);
    this.#card.querySelector("[data-mention]")?.toggleAttribute("hidden", !this.onmention);
    if (!this.#card.open) this.#card.showModal();
    this.#place(place.getBoundingClientRect());
    this.#card.querySelector("[autofocus]")?.focus();
  }

  // Nothing opens that was requested in a room that was left.
  cancel() {
    this.#request = null;
  }

  #place({ left, right, top, bottom }) {
    const { style, offsetWidth, offsetHeight } = this.#card;
    const isRightToLeft = getComputedStyle(document.body).direction === "rtl";
    const x = isRightToLeft ? right - offsetWidth : left;
    const below = bottom + GAP;
    const y = below + offsetHeight > innerHeight ? top - GAP - offsetHeight : below;
    style.left = `${Math.max(GAP, Math.min(x, innerWidth - offsetWidth - GAP))}px`;
    style.top = `${Math.max(GAP, y)}px`;
  }

  #clickedInside(target) {
    const button = target.closest("[data-mention]");
    if (button || target === this.#card) this.#card.close(); // a click beside the card is one on the dialog
    if (button) this.onmention(button.dataset.mention);
  }
}

// Unless this browser does not know the time zone.
function showLocalTime(line) {
  const { timeZone } = line.dataset;
  try {
    const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", timeZone });
    line.textContent = gettext("{time} local time", { time: clock.format() });
    line.hidden = false;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

function personAt(place) {
  if (place.matches("button")) return place.value;
  if (place.dataset.user) return idOf(place.dataset.user);
  return place.dataset.nameOf ?? place.dataset.person ?? place.closest("[data-author]").dataset.author;
}
