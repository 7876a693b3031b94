// Text that is typed and not sent. It is saved in this browser immediately, and soon on the server for
// the person's other devices. The version that was typed last wins, by the server's clock.

import { quoteOf, quoteOfMessage } from "./quotes.js";
import { isTooFast, waitFor } from "../net/too_fast.js";

const SAVE_AFTER = 800; // ms without a key
const CLOCKS_DIFFER_FROM = 1_000; // ms: a smaller difference is the time that the page took to arrive

export class Draft {
  #composer;
  #timeline;
  #copies;
  #room;
  #url;
  #messagesUrl;
  #ahead;
  #saving;
  #saved;
  #at;
  #timer;

  // `arrivedAt`: when the page with the draft arrived, in ms by the clock of this device.
  constructor(composer, timeline, socket, copies, arrivedAt, signal) {
    this.#composer = composer;
    this.#timeline = timeline;
    this.#copies = copies;
    const { room, messagesUrl } = timeline.scroller.dataset;
    const { draftUrl, draftAt, draftReply, now } = composer.form.dataset;
    this.#room = Number(room);
    this.#url = draftUrl;
    this.#messagesUrl = messagesUrl;
    this.#ahead = serverAhead(Number(now), arrivedAt);
    this.#saving = Promise.resolve();
    const kept = { body: composer.box.defaultValue, reply_seq: Number(draftReply) || null, at: Number(draftAt) };
    composer.box.autocomplete = "off"; // otherwise the browser restores the text of the last visit
    this.#saved = kept.at;
    this.#adopt(copies.get(this.#room)); // first: the server has only the beginning of a text that is too long
    this.#adopt(kept);
    this.#listen(socket, signal);
    if (this.#at > this.#saved) this.#saveSoon();
  }

  #listen(socket, signal) {
    this.#composer.addEventListener("draft", () => this.#typed());
    this.#composer.addEventListener("send", () => {
      this.#typed();
      this.save();
    });
    this.#copies.listen(this.#room, (copy) => this.#adopt(copy), signal);
    socket.on("draft", (frame) => frame.room === this.#room && this.#adoptSaved(frame), signal);
    socket.on("up", ({ rooms }) => this.#compare(rooms.find(({ id }) => id === this.#room)?.draft_at), signal);
    addEventListener("pagehide", () => this.#saveOnLeaving(), { signal });
    signal.addEventListener("abort", () => this.#saveOnLeaving());
  }

  get #current() {
    return { body: this.#composer.body, reply_seq: this.#composer.replyTo?.seq ?? null, at: this.#at };
  }

  // Sets a time after every adopted draft, even if the clocks of two devices differ a little.
  #typed() {
    this.#at = Math.max(Date.now() + this.#ahead, this.#at + 1);
    this.#copies.set(this.#room, this.#current);
    this.#saveSoon();
  }

  // Shows a draft from this browser, another tab or another device if it is newer.
  #adopt(draft) {
    if (!draft || draft.at < (this.#at ?? -1)) return;
    const isKnown = draft.at === this.#at;
    this.#at = draft.at;
    if (isKnown) return;
    this.#composer.show(draft.body);
    this.#showQuote(draft);
  }

  #adoptSaved(draft) {
    this.#saved = Math.max(this.#saved, draft.at);
    this.#adopt(draft);
  }

  async #showQuote({ reply_seq: seq, at }) {
    if ((this.#composer.replyTo?.seq ?? null) === seq) return;
    const quote = seq && (await this.#findQuote(seq));
    if (this.#at === at) this.#composer.answer(quote ?? null);
  }

  // Asks the server if the page does not go back to the message.
  async #findQuote(seq) {
    const row = this.#timeline.rows.querySelector(`:scope > [data-seq="${Number(seq)}"]`);
    if (row) return quoteOf(row);
    try {
      const answer = await fetch(`${this.#messagesUrl}${seq}/`);
      return quoteOfMessage(await answer.json());
    } catch {
      return null;
    }
  }

  // Compares with the server's draft after an interruption.
  #compare(savedAt) {
    if (savedAt !== undefined && savedAt !== this.#at) this.#exchange();
  }

  #saveSoon(ms = SAVE_AFTER) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), ms);
  }

  // One request after the other, so that an earlier text cannot arrive after a later one.
  save() {
    clearTimeout(this.#timer);
    return (this.#saving = this.#saving.then(() => this.#post()));
  }

  async #post() {
    if (this.#at > this.#saved) await this.#exchange();
  }

  // The server keeps the newer of its draft and this one, and returns it.
  async #exchange() {
    try {
      const answer = await fetch(this.#url, { method: "POST", body: this.#data() });
      if (answer.ok) this.#adoptSaved(await answer.json());
      if (isTooFast(answer)) this.#saveSoon(waitFor(answer.headers.get("Retry-After")));
    } catch {
      // No connection: it is saved with the next key, or when the connection is back.
    }
  }

  #saveOnLeaving() {
    clearTimeout(this.#timer);
    if (this.#at > this.#saved) navigator.sendBeacon(this.#url, this.#data());
  }

  #data() {
    const data = new FormData();
    const { body, reply_seq, at } = this.#current;
    data.set("csrfmiddlewaretoken", this.#composer.form.elements.csrfmiddlewaretoken.value);
    data.set("body", body);
    data.set("reply_seq", reply_seq ?? "");
    data.set("at", at);
    return data;
  }
}

// Returns how far the server's clock is ahead of the clock of this device, in ms. `now`: when the server
// started its response.
function serverAhead(now, arrivedAt) {
  const ahead = Math.round(now - arrivedAt);
  return Math.abs(ahead) < CLOCKS_DIFFER_FROM ? 0 : ahead;
}
