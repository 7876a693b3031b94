// The open room: keeps its messages in sync with the server by version, and reports the last message
// that I read. Calls `onchange` when other messages may be visible, `onreset` after too many changes.

import { waitFor } from "../net/too_fast.js";

const LOST_AFTER = 3_000; // ms
const ANSWER_WITHIN = 10_000;
const RETRY_AFTER = 2_000; // doubled at each failure
const RETRY_AFTER_MAX = 30_000;

export class RoomSync {
  #socket;
  #pending;
  #outbox;
  #counts;
  #known;
  #read;
  #isMember;
  #isCaughtUp = false; // with what changed since the page was fetched
  #askedAt = 0; // 0 if no request is open
  #failures = 0;
  #retry;
  #check;
  #reportTimer;
  #unreadCount = null; // null if it has to be counted

  // Closes the room when `signal` is aborted.
  constructor(socket, timeline, pending, outbox, counts, signal) {
    this.#socket = socket;
    this.timeline = timeline;
    this.#pending = pending;
    this.#outbox = outbox;
    this.#counts = counts;
    const { room, head, read, member } = timeline.scroller.dataset;
    this.id = Number(room);
    this.#known = Number(head);
    this.#read = Math.max(Number(read), counts.get(this.id)?.read ?? 0);
    if (this.#read > Number(read)) this.#readSince();
    this.#isMember = member !== undefined;
    this.onchange = () => {};
    this.onreset = () => location.reload();
    this.onfailure = () => {}; // the room could not be opened; the next attempt follows
    this.#listen(signal);
    if (socket.live) this.#open();
  }

  #listen(signal) {
    const { timeline } = this;
    const socket = this.#socket;
    const outbox = this.#outbox;
    socket.on("up", ({ rooms }) => {
      this.#open();
      this.#readElsewhere(rooms.find(({ id }) => id === this.id)?.read ?? 0);
    }, signal);
    socket.on("read", (frame) => frame.room === this.id && this.#readElsewhere(frame.seq), signal);
    socket.on("down", () => (this.#askedAt = 0), signal);
    socket.on("opened", (frame) => frame.room === this.id && this.#opened(frame), signal);
    socket.on("message", (frame) => frame.room === this.id && this.#message(frame), signal);
    socket.on("error", (frame) => this.#refused(frame), signal);
    outbox.listen((what, item) => what === "sent" && item.room === this.id && this.#checkSoon(), signal);
    timeline.scroller.addEventListener("scroll", () => this.markSeen(), { passive: true, signal });
    document.addEventListener("visibilitychange", () => this.markSeen(), { signal });
    addEventListener("focus", () => this.markSeen(), { signal });
    signal.addEventListener("abort", () => this.#close());
  }

  #close() {
    clearTimeout(this.#retry);
    clearTimeout(this.#check);
    this.#socket.send({ type: "close", room: this.id });
    this.#counts.heard(this.id, this.#known);
  }

  #open() {
    const sent = this.#socket.send({ type: "open", room: this.id, since: this.#known });
    this.#askedAt = sent ? Date.now() : 0;
  }

  get #isAsking() {
    return Date.now() - this.#askedAt < ANSWER_WITHIN;
  }

  // I was removed from the room while I was away, or the server cannot open it now.
  #refused({ room, code, client_id, retry_after }) {
    if (room !== this.id || client_id) return;
    if (code === "rate_limited" && !this.#isAsking) this.#reportReadLater(waitFor(retry_after));
    if (!this.#isAsking) return;
    if (code === "forbidden") return location.assign(document.body.dataset.homeUrl);
    this.#askedAt = 0;
    const delay = Math.min(RETRY_AFTER_MAX, RETRY_AFTER * 2 ** this.#failures);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), retry_after ? waitFor(retry_after) : delay);
    this.#failures += 1;
    this.onfailure();
  }

  #opened(frame) {
    this.#askedAt = this.#failures = 0;
    if (frame.reset) return this.onreset();
    if (this.#isCaughtUp) this.#putAll(frame.changes);
    else this.timeline.quietly(() => this.#putAll(frame.changes));
    this.#isCaughtUp = true;
    this.#known = Math.max(this.#known, frame.head);
    this.markSeen();
    this.timeline.trim(this.#read);
  }

  #message(frame) {
    this.#put(frame);
    if (frame.version === this.#known + 1) this.#known = frame.version;
    else if (frame.version > this.#known && !this.#isAsking) this.#open();
    this.markSeen();
    this.timeline.trim(this.#read);
  }

  #putAll(changes) {
    for (const change of changes) this.#put(change);
  }

  #put(frame) {
    const what = this.timeline.put(frame);
    if (what === "changed") this.#unreadCount = null;
    this.#pending.drop(frame.client_id);
    this.#outbox.settle(frame.client_id, frame);
    if (this.timeline.isCut) this.#counts.heard(this.id, frame.version);
    if (what !== "new") return;
    const row = this.timeline.find(frame.id);
    if (!this.#isUnread(row)) return;
    if (this.#unreadCount !== null) this.#unreadCount += 1;
    if (!(this.#isCaughtUp && this.#isSeen()) && this.#unreadAbove(row).next().done) this.timeline.markUnread(row);
  }

  #isUnread(row) {
    return Number(row.dataset.seq) > this.#read && !row.matches(".mine, .deleted");
  }

  // The messages of other people after the last one that I read, the latest first.
  get #unread() {
    return [...this.#unreadAbove(null)];
  }

  // Those above a row.
  *#unreadAbove(row) {
    let above = this.timeline.before(row);
    for (; above && Number(above.dataset.seq) > this.#read; above = this.timeline.before(above)) {
      if (this.#isUnread(above)) yield above;
    }
  }

  // Their number. The server counts them if the page does not show all of them.
  get unseen() {
    if (this.timeline.isCut) return this.#counts.get(this.id)?.unread ?? 0;
    return (this.#unreadCount ??= this.#unread.length);
  }

  // Messages were inserted as they were at `head`. Requests what changed since.
  filled(head) {
    this.timeline.refresh();
    this.#unreadCount = null;
    if (this.timeline.isCut) this.#counts.heard(this.id, this.#known);
    this.#markNew();
    if (head >= this.#known) return this.markSeen();
    this.#known = head;
    this.#open();
  }

  // Messages that the page shows as new were read after it was fetched.
  #readSince() {
    const first = this.#unread.at(-1);
    if (first) this.timeline.markUnread(first);
    else this.timeline.clearUnread();
    delete this.timeline.scroller.dataset.new;
    document.getElementById("to-new")?.remove();
  }

  // Marks the first unread message if the page did not go back to it when it was opened.
  #markNew() {
    const { dataset } = this.timeline.scroller;
    const since = Number(dataset.new);
    const rows = [...this.timeline.messages()];
    if (dataset.new === undefined || !rows.some((row) => Number(row.dataset.seq) <= since)) return;
    const first = rows.find((row) => Number(row.dataset.seq) > since && !row.matches(".mine"));
    if (first && !this.unseen) this.timeline.markUnread(first);
    delete dataset.new;
    document.getElementById("to-new")?.remove();
  }

  // A post was acknowledged, but its message may get lost on the way.
  #checkSoon() {
    clearTimeout(this.#check);
    this.#check = setTimeout(() => this.#pending.awaiting && this.#open(), LOST_AFTER);
  }

  #isSeen() {
    return !document.hidden && document.hasFocus() && this.timeline.isAtEnd && !this.timeline.isCut;
  }

  // All visible messages are read.
  markSeen() {
    if (this.#isSeen() && this.timeline.lastSeq > this.#read) {
      this.#read = this.timeline.lastSeq;
      this.#unreadCount = null;
      this.#reportRead();
      if (this.#isMember) this.#counts.allRead(this.id, this.#known, this.#read);
    }
    this.onchange();
  }

  #reportRead() {
    if (this.#isMember) this.#socket.send({ type: "read", room: this.id, seq: this.#read });
  }

  #reportReadLater(ms) {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = setTimeout(() => this.#reportRead(), ms);
  }

  #readElsewhere(seq) {
    this.#read = Math.max(this.#read, seq);
    this.#unreadCount = null;
    this.onchange();
  }
}
