// The open room: keeps its messages in step with the server by version, and tells what I have read.
// `onchange` is called where what is in sight may be another, `onreset` where too much has changed.

import { waitFor } from "../net/too_fast.js";

const LOST_AFTER = 3_000; // ms
const ANSWER_WITHIN = 10_000;
const RETRY_AFTER = 2_000; // doubled at each failure
const RETRY_AFTER_MAX = 30_000;

export class RoomSync {
  constructor(socket, timeline, pending, outbox, counts) {
    Object.assign(this, { socket, timeline, pending, outbox, counts });
    const { room, head, read, member } = timeline.scroller.dataset;
    this.id = Number(room);
    this.known = Number(head);
    this.read = Number(read);
    this.isMember = member !== undefined;
    this.asked = 0; // when, while there is no answer
    this.onchange = () => {};
    this.failures = 0;
    this.onreset = () => location.reload();
    this.onfailure = () => {}; // the room could not be opened, and is tried again
    this.listen();
  }

  listen() {
    const { socket, timeline, outbox } = this;
    socket.on("up", ({ rooms }) => {
      this.open();
      this.compareRead(rooms.find(({ id }) => id === this.id)?.read);
    });
    socket.on("read", (frame) => frame.room === this.id && this.readElsewhere(frame.seq));
    socket.on("down", () => (this.asked = 0));
    socket.on("opened", (frame) => frame.room === this.id && this.opened(frame));
    socket.on("message", (frame) => frame.room === this.id && this.message(frame));
    socket.on("error", (frame) => this.refused(frame));
    outbox.listen((what, item) => what === "sent" && item.room === this.id && this.checkSoon());
    timeline.scroller.addEventListener("scroll", () => this.markSeen(), { passive: true });
    document.addEventListener("visibilitychange", () => this.markSeen());
    addEventListener("focus", () => this.markSeen());
  }

  open() {
    const sent = this.socket.send({ type: "open", room: this.id, since: this.known });
    this.asked = sent ? Date.now() : 0;
  }

  get isAsking() {
    return Date.now() - this.asked < ANSWER_WITHIN;
  }

  // Somebody took me out of the room while I was away, or the server cannot open it now.
  refused({ room, code, client_id, retry_after }) {
    if (room !== this.id || client_id) return;
    if (code === "rate_limited" && !this.isAsking) this.tellReadLater(waitFor(retry_after));
    if (!this.isAsking) return;
    if (code === "forbidden") return location.assign(document.body.dataset.homeUrl);
    this.asked = 0;
    const delay = Math.min(RETRY_AFTER_MAX, RETRY_AFTER * 2 ** this.failures);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), retry_after ? waitFor(retry_after) : delay);
    this.failures += 1;
    this.onfailure();
  }

  opened(frame) {
    this.asked = this.failures = 0;
    if (frame.reset) return this.onreset();
    for (const change of frame.changes) this.put(change);
    this.known = Math.max(this.known, frame.head);
    this.markSeen();
  }

  message(frame) {
    this.put(frame);
    if (frame.version === this.known + 1) this.known = frame.version;
    else if (frame.version > this.known && !this.isAsking) this.open();
    this.markSeen();
  }

  put(frame) {
    const what = this.timeline.put(frame);
    this.pending.drop(frame.client_id);
    this.outbox.settle(frame.client_id, frame);
    if (this.timeline.isCut) this.counts.heard(this.id, frame.version);
    if (what !== "new") return;
    this.timeline.trim();
    const row = this.timeline.find(frame.id);
    if (!this.isSeen() && this.unread.length === 1 && this.unread[0] === row) {
      this.timeline.markUnread(row);
    }
  }

  // The messages of others after the last one that I read, the latest first.
  get unread() {
    const rows = [...this.timeline.messages()].reverse();
    const end = rows.findIndex((row) => Number(row.dataset.seq) <= this.read);
    const later = end < 0 ? rows : rows.slice(0, end);
    return later.filter((row) => !row.matches(".mine, .deleted"));
  }

  // How many. In the past not all of them are on the page: there the server counts.
  get unseen() {
    return this.timeline.isCut ? (this.counts.get(this.id)?.unread ?? 0) : this.unread.length;
  }

  // Messages of history were put in, as they stood at `head`: what changed since is asked for.
  filled(head) {
    this.timeline.refresh();
    if (this.timeline.isCut) this.counts.heard(this.id, this.known);
    this.markNew();
    if (head >= this.known) return this.markSeen();
    this.known = head;
    this.open();
  }

  // What was new when the page was opened began further up than the page did.
  markNew() {
    const { dataset } = this.timeline.scroller;
    const since = Number(dataset.new);
    const rows = [...this.timeline.messages()];
    if (dataset.new === undefined || !rows.some((row) => Number(row.dataset.seq) <= since)) return;
    const first = rows.find((row) => Number(row.dataset.seq) > since && !row.matches(".mine"));
    if (first && !this.unseen) this.timeline.markUnread(first);
    delete dataset.new;
    document.getElementById("to-new")?.remove();
  }

  // A post was acknowledged, but its message may be lost on the way.
  checkSoon() {
    clearTimeout(this.check);
    this.check = setTimeout(() => this.pending.awaiting && this.open(), LOST_AFTER);
  }

  isSeen() {
    return !document.hidden && document.hasFocus() && this.timeline.isAtEnd && !this.timeline.isCut;
  }

  // Whatever is in sight is read.
  markSeen() {
    if (this.isSeen() && this.timeline.lastSeq > this.read) {
      this.read = this.timeline.lastSeq;
      this.tellRead();
    }
    this.onchange();
  }

  tellRead() {
    if (this.isMember) this.socket.send({ type: "read", room: this.id, seq: this.read });
  }

  tellReadLater(ms) {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellRead(), ms);
  }

  readElsewhere(seq) {
    this.read = Math.max(this.read, seq);
    this.onchange();
  }

  // What I read while there was no connection, or just before it broke, may not have arrived.
  compareRead(recorded) {
    if (recorded === undefined) return;
    if (recorded < this.read) this.tellRead();
    else this.readElsewhere(recorded);
  }
}
