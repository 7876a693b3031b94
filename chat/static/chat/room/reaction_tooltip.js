// Names the people who reacted: in a tooltip at the reaction under the pointer or with the focus, and in
// lines of the sheet on a touch screen.

import { isolate } from "../text/bidi.js";
import { idList } from "../text/ids.js";
import { gettext, language, ngettext } from "../text/words.js";

const NAMED_MAX = 20;
const GAP = 6; // px

export class ReactionTooltip {
  #scroller;
  #me;
  #names;
  #tip;
  #drawLines = () => {}; // shows the lines in the sheet
  #shown;

  constructor(scroller, me, names, signal) {
    this.#scroller = scroller;
    this.#me = me;
    this.#names = names;
    this.#tip = document.createElement("div");
    Object.assign(this.#tip, { id: "tip", className: "tip", role: "tooltip", hidden: true });
    document.getElementById("main").append(this.#tip);
    for (const type of ["mouseover", "focusin", "contextmenu"]) {
      scroller.addEventListener(type, ({ target }) => this.#update(target.closest(".reaction")));
    }
    for (const type of ["mouseleave", "focusout", "scroll"]) {
      scroller.addEventListener(type, () => this.#hide(), { passive: true });
    }
    scroller.addEventListener("click", () => this.#isMember && this.#hide());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#hide(), { signal });
    names.addEventListener("change", () => this.#namesChanged(), { signal });
    signal.addEventListener("abort", () => this.#tip.remove());
  }

  #namesChanged() {
    if (this.#shown) this.#show(this.#shown);
    this.#drawLines();
  }

  get #isMember() {
    return this.#scroller.dataset.member !== undefined;
  }

  #update(button) {
    if (button !== this.#shown) this.#hide();
    this.#shown = button;
    if (!button) return;
    this.#show(button);
    this.#names.fetch(people(button));
  }

  #show(button) {
    this.#tip.textContent = this.#sentence(button);
    this.#tip.hidden = false;
    button.setAttribute("aria-describedby", this.#tip.id);
    this.#place(button.getBoundingClientRect());
  }

  #place({ left, top, bottom, width }) {
    const { style, offsetHeight, offsetWidth } = this.#tip;
    const middle = left + (width - offsetWidth) / 2;
    const above = top - offsetHeight - GAP;
    style.left = `${Math.max(GAP, Math.min(middle, innerWidth - offsetWidth - GAP))}px`;
    style.top = `${above < GAP ? bottom + GAP : above}px`;
  }

  #hide() {
    this.#shown?.removeAttribute("aria-describedby");
    this.#shown = null;
    this.#tip.hidden = true;
  }

  // A new version may have replaced the message with the reaction, or it was deleted.
  checkTip() {
    if (this.#shown && !this.#shown.isConnected) this.#hide();
  }

  // Puts one line for each reaction to the message of `row` into `list`.
  fill(list, row) {
    const buttons = [...row.querySelectorAll(".reaction")];
    this.#drawLines = () => list.replaceChildren(...buttons.map((button) => this.#line(button)));
    this.#drawLines();
    this.#names.fetch(buttons.flatMap(people));
  }

  #line(button) {
    const line = document.createElement("li");
    line.textContent = `${button.dataset.emoji} ${this.#sentence(button)}`;
    return line;
  }

  #sentence(button) {
    const ids = people(button);
    const others = ids.filter((id) => id !== this.#me && this.#names.has(id)).slice(0, NAMED_MAX);
    const listed = others.map((id) => isolate(this.#names.get(id)));
    if (ids.includes(this.#me)) listed.unshift(gettext("You"));
    const rest = ids.length - listed.length;
    if (rest) listed.push(ngettext("one more", "{count} more", rest));
    return new Intl.ListFormat(language).format(listed);
  }
}

function people(button) {
  return idList(button.dataset.users);
}
