// The numbers of unread messages and of mentions of me, in each of my rooms. Each is the server's count at
// a known head of the room. New messages that follow that head without a gap are added here. After anything
// else (a message was deleted or edited, a change was missed) the server counts again.

const UNREAD_MAX = 100; // as on the server: it counts up to so many messages after the last one read
const ASK_AFTER = 150; // ms, and a random time of the same length: many browsers may ask at the same moment
const ASK_AGAIN_AFTER = 4_000;

export class UnreadCounts {
  #socket;
  #me;
  #rooms = new Map(); // by id: {head, read, unread, mentions, latest}
  #timers = new Map();

  constructor(socket, me) {
    this.#socket = socket;
    this.#me = me;
    this.onchange = () => {}; // called with a room's id
    socket.on("up", (hello) => this.#begin(hello.rooms));
    socket.on("activity", (frame) => this.#activity(frame));
    socket.on("read", (frame) => this.#read(frame));
    socket.on("counts", (frame) => this.#counted(frame));
    socket.on("error", ({ room, code }) => code === "forbidden" && this.#stopAsking(room));
    socket.on("room", ({ room, member }) => member || this.#forget(room.id));
  }

  get(id) {
    return this.#rooms.get(id);
  }

  #begin(rooms) {
    for (const id of this.#timers.keys()) this.#stopAsking(id);
    const before = new Map(this.#rooms);
    this.#rooms.clear();
    for (const { id, as_of, head, read, unread, mentions } of rooms) {
      this.#set(id, { head: as_of, read, unread, mentions, latest: as_of });
      this.heard(id, head);
      if (before.get(id)?.read > read) this.#reportRead(id, before.get(id).read);
    }
  }

  // What was read without a connection, in a room that may be closed by now.
  #reportRead(id, seq) {
    this.#socket.send({ type: "read", room: id, seq });
    this.askSoon(id);
  }

  #set(id, counts) {
    this.#rooms.set(id, { ...this.#rooms.get(id), ...counts });
    this.onchange(id);
  }

  #forget(id) {
    this.#stopAsking(id);
    this.#rooms.delete(id);
  }

  // The room has changes up to `head`.
  heard(id, head) {
    const room = this.#rooms.get(id);
    if (!room || head <= room.latest) return;
    room.latest = head;
    this.#check(id);
  }

  // All messages of the room up to `head` were shown, and are read.
  allRead(id, head, read) {
    this.#counted({ room: id, head, read, unread: 0, mentions: 0 });
  }

  #check(id) {
    const room = this.#rooms.get(id);
    if (room.head < room.latest) this.askSoon(id);
    else this.#stopAsking(id);
  }

  #activity(frame) {
    const room = this.#rooms.get(frame.room);
    if (!room || frame.head <= room.head) return;
    const follows = frame.since === room.head && room.latest === room.head;
    const counts = follows && this.#follow(room, frame);
    if (counts) this.#set(frame.room, { ...counts, head: frame.head, latest: frame.head });
    else this.heard(frame.room, frame.head);
  }

  // Returns the server's counts after this frame, or null if the frame does not say enough.
  #follow(room, { head, seq, authors, mention, recount }) {
    if (seq <= room.read) return room;
    const others = authors.filter((author) => String(author) !== this.#me).length;
    const isFull = head - room.read > UNREAD_MAX && room.unread < UNREAD_MAX;
    if (recount || (mention && authors.length > 1) || (others && isFull)) return null;
    const unread = Math.min(UNREAD_MAX, room.unread + others);
    return { ...room, unread, mentions: room.mentions + (mention ? others : 0) };
  }

  // In this tab or on another device.
  #read({ room: id, seq, head, unread, mentions }) {
    const room = this.#rooms.get(id);
    if (!room || seq < room.read) return;
    room.read = seq;
    if (head >= room.head) this.#counted({ room: id, read: seq, head, unread, mentions });
    else this.askSoon(id);
  }

  #counted({ room: id, head, read, unread, mentions }) {
    this.#stopAsking(id);
    const room = this.#rooms.get(id) ?? { head: 0, read: 0, latest: 0 };
    if (head < room.head || read < room.read) return this.askSoon(id);
    this.#set(id, { head, read, unread, mentions, latest: Math.max(head, room.latest) });
    this.#check(id);
  }

  askSoon(id, after = ASK_AFTER * (1 + Math.random())) {
    if (this.#timers.has(id)) return;
    this.#timers.set(id, setTimeout(() => this.#ask(id), after));
  }

  // Repeats until there is a response.
  #ask(id) {
    this.#timers.delete(id);
    if (this.#socket.send({ type: "counts", room: id })) this.askSoon(id, ASK_AGAIN_AFTER);
  }

  #stopAsking(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }
}
