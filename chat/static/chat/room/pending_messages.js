// My posts that are not in the room yet, below the messages. The message replaces its post when it arrives.
// The outbox calls the method with the name of what happened to a post.

import { enlarge } from "./message_row.js";
import { gettext } from "../text/words.js";

const TOO_FAST = gettext("You are sending too fast. This message is sent in a moment.");

export class PendingMessages {
  #list;
  #template;
  #timeline;
  #outbox;
  #room;

  constructor(list, template, timeline, outbox, signal) {
    this.#list = list;
    this.#template = template;
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#room = Number(timeline.scroller.dataset.room);
    outbox.listen((what, item, frame) => item.room === this.#room && this[what](item, frame), signal);
    list.addEventListener("click", (event) => this.#clicked(event));
    for (const item of outbox.items()) if (item.room === this.#room) this.#resume(item);
  }

  // An earlier page left this post behind; it may have arrived since.
  #resume(item) {
    if (this.#timeline.has(item.client_id)) return this.#outbox.settle(item.client_id);
    this.added(item);
    if (item.failed) this.failed(item);
  }

  #find(clientId) {
    return this.#list.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
  }

  added(item) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.client = item.client_id;
    const body = row.querySelector(".body");
    body.textContent = item.body;
    enlarge(body);
    row.classList.toggle("grouped", !item.reply_to && this.#followsMine());
    this.#list.append(row);
    this.#timeline.clearUnread();
    this.#timeline.toEnd();
  }

  #followsMine() {
    return this.#list.children.length > 0 || this.#timeline.endsWithMine();
  }

  // The post is in the database. It stays until its message arrives, unless the message is not shown.
  sent(item, frame) {
    const hidden = this.#timeline.isCut || (frame && frame.seq <= this.#timeline.lastSeq);
    if (this.#timeline.has(item.client_id) || hidden) return this.gone(item);
    this.#find(item.client_id)?.classList.add("sent");
  }

  failed(item) {
    const row = this.#find(item.client_id);
    row?.classList.add("failed");
    this.#setState(row, gettext("Not sent: {reason}", { reason: item.failed }), false);
  }

  // The post stays in the outbox, which sends it later.
  delayed(item, { code }) {
    if (code === "rate_limited") this.#setState(this.#find(item.client_id), TOO_FAST, true);
  }

  retried(item) {
    const row = this.#find(item.client_id);
    row?.classList.remove("failed");
    this.#setState(row, gettext("Sending…"), true);
  }

  #setState(row, text, working) {
    if (!row) return;
    row.querySelector(".state > span").textContent = text;
    for (const button of row.querySelectorAll(".state button")) button.hidden = working;
  }

  gone(item) {
    this.drop(item.client_id);
  }

  drop(clientId) {
    this.#find(clientId)?.remove();
    const first = this.#list.firstElementChild;
    if (first) first.classList.toggle("grouped", this.#timeline.endsWithMine());
  }

  get awaiting() {
    return this.#list.querySelector(".sent") !== null;
  }

  #clicked({ target }) {
    const action = target.closest("[data-do]")?.dataset.do;
    if (action) this.#outbox[action](target.closest(".message").dataset.client);
  }
}
