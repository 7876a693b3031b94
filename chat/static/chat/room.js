// The open room: keeps its messages in step with the server by version, and tells what I have read.
// `onchange` is called where what is in sight may be another, `onreset` where too much has changed.

const LOST_AFTER = 3_000; // ms
const ANSWER_WITHIN = 10_000;

export class Room {
  constructor(socket, timeline, pending, outbox) {
    Object.assign(this, { socket, timeline, pending, outbox });
    const { room, head, read, member } = timeline.scroller.dataset;
    this.id = Number(room);
    this.known = Number(head);
    this.read = Number(read);
    this.isMember = member !== undefined;
    this.asked = 0; // when, while there is no answer
    this.unseen = 0;
    this.onchange = () => {};
    this.onreset = () => location.reload();
    this.listen();
  }

  listen() {
    const { socket, timeline, outbox } = this;
    socket.on("up", () => this.open());
    socket.on("down", () => (this.asked = 0));
    socket.on("opened", (frame) => frame.room === this.id && this.opened(frame));
    socket.on("message", (frame) => frame.room === this.id && this.message(frame));
    socket.on("error", (frame) => this.refused(frame));
    outbox.listen((what, item) => what === "sent" && item.room === this.id && this.checkSoon());
    timeline.scroller.addEventListener("scroll", () => this.look(), { passive: true });
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("focus", () => this.look());
  }

  open() {
    const sent = this.socket.send({ type: "open", room: this.id, since: this.known });
    this.asked = sent ? Date.now() : 0;
  }

  get isAsking() {
    return Date.now() - this.asked < ANSWER_WITHIN;
  }

  // Somebody took me out of the room while I was away.
  refused({ room, code, client_id }) {
    const asked = this.isAsking && room === this.id && !client_id;
    if (asked && code === "forbidden") location.assign("/");
  }

  opened(frame) {
    this.asked = 0;
    if (frame.reset) return this.onreset();
    for (const change of frame.changes) this.put(change);
    this.known = Math.max(this.known, frame.head);
    this.look();
  }

  message(frame) {
    this.put(frame);
    if (frame.version === this.known + 1) this.known = frame.version;
    else if (frame.version > this.known && !this.isAsking) this.open();
    this.look();
  }

  put(frame) {
    const what = this.timeline.put(frame);
    this.pending.drop(frame.client_id);
    this.outbox.settle(frame.client_id, frame);
    if (what === "new") this.timeline.trim();
    if (what !== "new" || frame.author === Number(this.timeline.me)) return;
    if (frame.seq > this.read && !this.isSeen()) this.missed(frame);
  }

  missed(frame) {
    if (this.unseen === 0) this.timeline.markUnread(this.timeline.find(frame.id));
    this.unseen += 1;
  }

  // Messages of history were put in, as they stood at `head`: what changed since is asked for.
  filled(head) {
    this.timeline.refresh();
    this.markNew();
    if (head >= this.known) return this.look();
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
  look() {
    if (this.isSeen()) {
      this.unseen = 0;
      this.tellRead(this.timeline.lastSeq);
    }
    this.onchange();
  }

  tellRead(seq) {
    if (!this.isMember || seq <= this.read) return;
    if (this.socket.send({ type: "read", room: this.id, seq })) this.read = seq;
  }
}
