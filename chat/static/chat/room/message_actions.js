// The actions of a message: a toolbar at the message under the pointer, or with Enter at the focused
// message; on a touch screen a tap opens them as a sheet. Each action has a key while the keyboard is at a
// message. In the list of messages, Escape and other letters move to the composer.

import { nextRow } from "./row_keys.js";
import { isConfirm } from "../text/input_method.js";

const touch = matchMedia("(hover: none)");
const EDGE = 20; // px
const KEYS = { "+": "react", r: "reply", e: "edit", c: "copy", Delete: "delete" };

export class MessageActions extends EventTarget {
  #timeline;
  #picker;
  #bar;
  #buttons;
  #row;
  #wasClicked = false; // the keyboard is where it is because of a click

  constructor(timeline, picker, signal) {
    super();
    this.#timeline = timeline;
    this.#picker = picker;
    this.#bar = document.getElementById("actions");
    this.#buttons = [...this.#bar.querySelectorAll("button")];
    this.reacted = document.createElement("ul");
    this.reacted.className = "reacted";
    this.#bar.prepend(this.reacted);
    const { scroller } = timeline;
    document.addEventListener("mouseover", ({ target }) => touch.matches || this.#hover(target), { signal });
    document.addEventListener("click", (event) => this.#clicked(event), { signal });
    scroller.addEventListener("scroll", () => this.#isSheet || this.hide(), { passive: true });
    scroller.addEventListener("pointerdown", () => (this.#wasClicked = true));
    scroller.addEventListener("keydown", (event) => this.#keyInLog(event));
    this.#bar.addEventListener("keydown", (event) => this.#keyInBar(event));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.hide(), { signal });
  }

  get #isSheet() {
    return this.#bar.classList.contains("as-sheet");
  }

  #hover(target) {
    if (this.#bar.contains(target) || this.#picker.isOpen) return;
    const row = target.closest("#rows > .message");
    if (row) this.#show(row);
    else if (!this.#bar.contains(document.activeElement)) this.hide();
  }

  #show(row, asSheet = false) {
    this.hide();
    const { member, moderator } = this.#timeline.scroller.dataset;
    if (row.matches(".deleted, .editing") || member === undefined) return;
    const mine = row.matches(".mine");
    this.#row = row;
    row.classList.add("current");
    for (const button of this.#buttons) {
      const action = button.dataset.do;
      button.hidden =
        (action === "edit" && !mine) || (action === "delete" && !mine && moderator === undefined);
    }
    this.#bar.classList.toggle("as-sheet", asSheet);
    this.reacted.replaceChildren();
    if (asSheet) this.dispatchEvent(new CustomEvent("sheet", { detail: row }));
    this.#bar.hidden = false;
    if (!asSheet) return this.#place();
    const isCovered = row.getBoundingClientRect().bottom > innerHeight - this.#bar.offsetHeight;
    this.#timeline.scroller.classList.toggle("above-sheet", isCovered);
  }

  #place() {
    const row = this.#row.getBoundingClientRect();
    const view = this.#timeline.scroller.getBoundingClientRect();
    const { style, offsetHeight, offsetWidth } = this.#bar;
    const top = Math.max(row.top - offsetHeight / 2, view.top + 2);
    style.top = `${Math.min(top, view.bottom - offsetHeight)}px`;
    style.left = `${view.left + this.#timeline.scroller.clientWidth - offsetWidth - EDGE}px`;
  }

  // Hides the toolbar if its message was deleted.
  check() {
    const row = this.#row && this.#timeline.find(this.#row.dataset.id);
    if (!this.#row || (row && !row.matches(".deleted"))) return;
    const hadFocus = this.#bar.contains(document.activeElement);
    this.hide();
    if (hadFocus) row?.focus({ preventScroll: true });
  }

  hide() {
    this.#timeline.rows.querySelector(".current")?.classList.remove("current");
    this.#bar.hidden = true;
    this.#timeline.scroller.classList.remove("above-sheet");
    this.#bar.removeAttribute("style");
    this.#picker.close();
    this.#row = null;
  }

  #clicked({ target }) {
    const reaction = target.closest(".reaction");
    if (reaction) return this.#react(reaction.closest(".message"), reaction.dataset.emoji);
    const button = target.closest("#actions button");
    if (button) return this.#act(button.dataset.do);
    if (this.#picker.contains(target)) return;
    const row = target.closest("a, button, textarea, [role=button], .avatar") ? null : target.closest("#rows > .message");
    if (touch.matches && row && row !== this.#row) this.#show(row, true);
    else if (this.#isSheet || this.#picker.isOpen) this.hide();
  }

  #act(action) {
    const row = this.#timeline.find(this.#row.dataset.id);
    if (action === "react") {
      return this.#picker.open(this.#bar, (emoji) => {
        this.hide();
        row.focus({ preventScroll: true });
        this.#react(row, emoji, true);
      });
    }
    this.hide();
    this.dispatchEvent(new CustomEvent(action, { detail: row }));
  }

  #react(row, emoji, always = false) {
    const button = row.querySelector(`.reaction[data-emoji="${CSS.escape(emoji)}"]`);
    const on = always || !button?.classList.contains("pressed");
    this.dispatchEvent(new CustomEvent("reaction", { detail: { row, emoji, on } }));
  }

  // Arrow keys, Home, End and the page keys move from message to message, Enter opens the actions.
  #keyInLog(event) {
    const { target, key } = event;
    if (target.closest(".editor") || this.#actByKey(event)) return;
    const letter = key.length === 1 && key !== " " && key !== "/";
    if (letter && !hasModifier(event)) return this.#focusComposer();
    if (key === "Escape") return this.#focusComposer();
    if (isConfirm(event)) return this.#openBar(event);
    const row = target.closest("#rows > .message");
    const next = !hasModifier(event) && nextRow(key, this.#timeline, row);
    if (next) this.#focus(event, next);
  }

  #openBar(event) {
    const { target } = event;
    if (!target.matches("#rows > .message")) return;
    event.preventDefault();
    this.#show(target);
    this.#buttons.find((button) => !button.hidden && !this.#bar.hidden)?.focus();
  }

  // Returns whether the key was that of an action. After a click on a message, letters are text.
  #actByKey(event) {
    const { target, key } = event;
    if (this.#wasClicked || !target.matches(".message:not(.deleted)")) return false;
    if (hasModifier(event)) return false;
    if (key.toLowerCase() === "p") return this.#openProfile(event);
    const action = KEYS[key.length === 1 ? key.toLowerCase() : key];
    if (!action) return false;
    this.#show(target);
    const button = this.#buttons.find((button) => button.dataset.do === action);
    if (this.#bar.hidden || button.hidden) {
      this.hide();
      return false;
    }
    event.preventDefault();
    this.#act(action);
    return true;
  }

  #openProfile(event) {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("profile", { detail: event.target }));
    return true;
  }

  // The typed letter goes to the composer.
  #focusComposer() {
    this.dispatchEvent(new CustomEvent("write"));
  }

  #focus(event, row) {
    event.preventDefault();
    this.#wasClicked = false;
    row?.focus();
  }

  #keyInBar(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const shown = this.#buttons.filter((button) => !button.hidden);
    if (step) shown.at((shown.indexOf(event.target) + step) % shown.length).focus();
    if (event.key === "Escape") {
      event.stopPropagation();
      const row = this.#row;
      this.hide();
      row.focus();
    }
  }
}

function hasModifier({ ctrlKey, altKey, metaKey }) {
  return ctrlKey || altKey || metaKey;
}
