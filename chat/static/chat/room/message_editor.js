// Editing a message of mine where it stands.

import { isConfirm } from "../text/input_method.js";

export class MessageEditor {
  constructor(socket, timeline, composer, notice, naming) {
    Object.assign(this, { socket, timeline, composer, notice, naming });
    this.template = document.getElementById("editor");
    socket.on("message", (frame) => this.form && this.saving && frame.id === this.id && this.close());
    socket.on("error", (frame) => this.saving && frame.message === this.id && this.refused(frame.detail));
    socket.on("down", () => this.saving && this.refused("The connection was lost. Save again."));
  }

  openLast() {
    const mine = [...this.timeline.messages()].findLast((row) => row.matches(".mine:not(.deleted)"));
    return mine && this.open(mine);
  }

  async open(row) {
    this.close();
    const { id, seq } = row.dataset;
    const turn = (this.turn = {});
    const source = await this.source(Number(id), Number(seq));
    if (this.turn !== turn) return; // closed, or another one was asked for meanwhile
    row = this.timeline.find(id);
    if (!row || row.matches(".deleted")) return;
    if (source === undefined) return this.notice.toast("The message could not be fetched. Try again.");
    this.id = Number(id);
    this.form = this.template.content.firstElementChild.cloneNode(true);
    this.box = this.form.querySelector("textarea");
    this.box.defaultValue = source;
    this.naming.attach(this.box);
    this.form.addEventListener("submit", (event) => this.save(event));
    this.form.addEventListener("keydown", (event) => this.keydown(event));
    this.form.querySelector("[data-do=cancel]").onclick = () => this.close();
    row.append(this.form);
    row.classList.add("editing");
    this.box.focus();
    this.box.setSelectionRange(source.length, source.length);
    row.scrollIntoView({ block: "nearest" });
  }

  // The row has the HTML only; the API has what was written.
  async source(id, seq) {
    try {
      const { messagesUrl } = this.timeline.scroller.dataset;
      const answer = await fetch(`${messagesUrl}?before=${seq + 1}&limit=1`);
      const { messages } = await answer.json();
      return messages.find((message) => message.id === id)?.body;
    } catch {
      return undefined;
    }
  }

  keydown(event) {
    if (isConfirm(event) && !event.shiftKey && event.target === this.box) this.save(event);
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  save(event) {
    event.preventDefault();
    const body = this.box.value;
    if (!body.trim()) return this.refused("Write something first, or delete the message.");
    if (body === this.box.defaultValue) return this.close();
    if (!this.socket.send({ type: "edit", message: this.id, body })) {
      return this.refused("You are not connected. Save again in a moment.");
    }
    this.saving = true;
  }

  refused(detail) {
    this.saving = false;
    const error = this.form.querySelector(".error");
    error.hidden = false;
    error.textContent = detail;
    this.box.focus();
  }

  close() {
    this.saving = false;
    this.turn = null;
    if (!this.form) return;
    const row = this.form.closest(".message");
    const wasFocused = this.form.contains(document.activeElement);
    this.form.remove();
    this.form = null;
    row?.classList.remove("editing");
    if (wasFocused) this.composer.box.focus();
  }
}
