// Edits one of my messages in its place.

import { formatByKeys } from "./formatting.js";
import { isConfirm } from "../text/input_method.js";
import { gettext } from "../text/words.js";

export class MessageEditor {
  #socket;
  #timeline;
  #composer;
  #notice;
  #naming;
  #template;
  #form;
  #isSaving;
  #id;
  #request;
  #box;

  constructor(socket, timeline, composer, notice, naming, signal) {
    this.#socket = socket;
    this.#timeline = timeline;
    this.#composer = composer;
    this.#notice = notice;
    this.#naming = naming;
    this.#template = document.getElementById("editor");
    socket.on("message", (frame) => this.#form && this.#isSaving && frame.id === this.#id && this.#close(), signal);
    socket.on("error", (frame) => this.#isSaving && frame.message === this.#id && this.#refused(frame.detail), signal);
    socket.on("down", () => this.#isSaving && this.#refused(gettext("The connection was lost. Save again.")), signal);
  }

  openLast() {
    const mine = [...this.#timeline.messages()].findLast((row) => row.matches(".mine:not(.deleted)"));
    return mine && this.open(mine);
  }

  async open(row) {
    this.#close();
    const { id, seq } = row.dataset;
    const request = (this.#request = {});
    const source = await this.#fetchSource(Number(seq));
    if (this.#request !== request) return; // closed, or another message was opened meanwhile
    row = this.#timeline.find(id);
    if (!row || row.matches(".deleted")) return;
    if (source === undefined) return this.#notice.toast(gettext("The message could not be loaded. Try again."));
    this.#id = Number(id);
    this.#form = this.#template.content.firstElementChild.cloneNode(true);
    this.#box = this.#form.querySelector("textarea");
    this.#box.defaultValue = source;
    this.#naming.attach(this.#box);
    formatByKeys(this.#box);
    this.#form.addEventListener("submit", (event) => this.#save(event));
    this.#form.addEventListener("keydown", (event) => this.#keydown(event));
    this.#form.querySelector("[data-do=cancel]").onclick = () => this.#close();
    row.append(this.#form);
    row.classList.add("editing");
    this.#box.focus();
    this.#box.setSelectionRange(source.length, source.length);
    row.scrollIntoView({ block: "nearest" });
  }

  // The row has only the HTML; the server has the written text.
  async #fetchSource(seq) {
    try {
      const { messagesUrl } = this.#timeline.scroller.dataset;
      const answer = await fetch(`${messagesUrl}${seq}/`);
      return (await answer.json()).body;
    } catch {
      return undefined;
    }
  }

  #keydown(event) {
    if (isConfirm(event) && !event.shiftKey && event.target === this.#box) this.#save(event);
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    }
  }

  #save(event) {
    event.preventDefault();
    const body = this.#box.value;
    if (!body.trim()) return this.#refused(gettext("Write something first, or delete the message."));
    if (body === this.#box.defaultValue) return this.#close();
    if (!this.#socket.send({ type: "edit", message: this.#id, body })) {
      return this.#refused(gettext("You are not connected. Save again in a moment."));
    }
    this.#isSaving = true;
  }

  #refused(detail) {
    this.#isSaving = false;
    const error = this.#form.querySelector(".error");
    error.hidden = false;
    error.textContent = detail;
    this.#box.focus();
  }

  #close() {
    this.#isSaving = false;
    this.#request = null;
    if (!this.#form) return;
    const row = this.#form.closest(".message");
    const wasFocused = this.#form.contains(document.activeElement);
    this.#form.remove();
    this.#form = null;
    row?.classList.remove("editing");
    if (wasFocused) this.#composer.box.focus();
  }
}
