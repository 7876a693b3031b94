// What is typed and not sent: kept at once in this browser, and soon on the server for this person's
// other devices. Of several versions the one that was typed last counts, by the server's clock.

import { quoteOf, quoteOfMessage } from "./quotes.js";
import { isTooFast, waitFor } from "../net/too_fast.js";

const SAVE_AFTER = 800; // ms without a key
const CLOCKS_DIFFER_FROM = 1_000; // ms: less is the time that the page took to come

export class Draft {
  constructor(composer, timeline, socket, copies) {
    Object.assign(this, { composer, timeline, copies });
    const { room, messagesUrl } = timeline.scroller.dataset;
    const { draftUrl, draftAt, draftReply, now } = composer.form.dataset;
    this.room = Number(room);
    this.url = draftUrl;
    this.messagesUrl = messagesUrl;
    this.ahead = serverAhead(Number(now));
    this.saving = Promise.resolve();
    const kept = { body: composer.box.defaultValue, reply_seq: Number(draftReply) || null, at: Number(draftAt) };
    composer.box.autocomplete = "off"; // else the browser puts back what stood there when one left
    this.saved = kept.at;
    this.adopt(copies.get(this.room)); // first: of one that is too long the server has the beginning
    this.adopt(kept);
    this.listen(socket);
    if (this.at > this.saved) this.soon();
  }

  listen(socket) {
    this.composer.addEventListener("draft", () => this.typed());
    this.composer.addEventListener("send", () => {
      this.typed();
      this.save();
    });
    this.copies.listen(this.room, (copy) => this.adopt(copy));
    socket.on("draft", (frame) => frame.room === this.room && this.adoptSaved(frame));
    socket.on("up", ({ rooms }) => this.compare(rooms.find(({ id }) => id === this.room)?.draft_at));
    addEventListener("pagehide", () => this.leave());
  }

  get current() {
    return { body: this.composer.body, reply_seq: this.composer.replyTo?.seq ?? null, at: this.at };
  }

  // Later than everything that was adopted, even if the clocks of two devices differ a little.
  typed() {
    this.at = Math.max(Date.now() + this.ahead, this.at + 1);
    this.copies.set(this.room, this.current);
    this.soon();
  }

  // From this browser, another tab or another device.
  adopt(draft) {
    if (!draft || draft.at < (this.at ?? -1)) return;
    const isKnown = draft.at === this.at;
    this.at = draft.at;
    if (isKnown) return;
    this.composer.show(draft.body);
    this.answer(draft);
  }

  adoptSaved(draft) {
    this.saved = Math.max(this.saved, draft.at);
    this.adopt(draft);
  }

  async answer({ reply_seq: seq, at }) {
    if ((this.composer.replyTo?.seq ?? null) === seq) return;
    const quote = seq && (await this.quote(seq));
    if (this.at === at) this.composer.answer(quote ?? null);
  }

  // The row of the message may be further up than the page goes.
  async quote(seq) {
    const row = this.timeline.rows.querySelector(`:scope > [data-seq="${Number(seq)}"]`);
    if (row) return quoteOf(row);
    try {
      const answer = await fetch(`${this.messagesUrl}?before=${seq + 1}&limit=1`);
      const message = (await answer.json()).messages.find((message) => message.seq === seq);
      return message && quoteOfMessage(message);
    } catch {
      return null;
    }
  }

  // After an interruption, with what the server has kept.
  compare(savedAt) {
    if (savedAt !== undefined && savedAt !== this.at) this.exchange();
  }

  soon(ms = SAVE_AFTER) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
  }

  // One after the other: an earlier text need not arrive after a later one.
  save() {
    clearTimeout(this.timer);
    return (this.saving = this.saving.then(() => this.post()));
  }

  async post() {
    if (this.at > this.saved) await this.exchange();
  }

  // The server keeps the later one of its own and this, and answers which.
  async exchange() {
    try {
      const answer = await fetch(this.url, { method: "POST", body: this.data() });
      if (answer.ok) this.adoptSaved(await answer.json());
      if (isTooFast(answer)) this.soon(waitFor(answer.headers.get("Retry-After")));
    } catch {
      // Out of reach: saved with the next key, or when the connection is back.
    }
  }

  leave() {
    clearTimeout(this.timer);
    if (this.at > this.saved) navigator.sendBeacon(this.url, this.data());
  }

  data() {
    const data = new FormData();
    const { body, reply_seq, at } = this.current;
    data.set("csrfmiddlewaretoken", this.composer.form.elements.csrfmiddlewaretoken.value);
    data.set("body", body);
    data.set("reply_seq", reply_seq ?? "");
    data.set("at", at);
    return data;
  }
}

// How far the clock of the server is ahead of that of this device, in ms. `now`: when the server
// began to answer.
function serverAhead(now) {
  const [page] = performance.getEntriesByType("navigation");
  const ahead = Math.round(now - performance.timeOrigin - (page?.responseStart ?? 0));
  return Math.abs(ahead) < CLOCKS_DIFFER_FROM ? 0 : ahead;
}
