// How many messages are unread, and how many mention me, in each of my rooms: always a count of the
// server's, at a known head of the room. New messages that follow that head without a gap are what
// the server would count too. Of everything else (a message deleted or edited, a change that was
// missed) only the server knows the result, and is asked.

const UNREAD_MAX = 100; // as the server: of so many messages after the last one read
const ASK_AFTER = 150; // ms, and up to as much again: many may ask at the same moment
const ASK_AGAIN_AFTER = 4_000;

export class UnreadCounts {
  constructor(socket, me) {
    Object.assign(this, { socket, me });
    this.rooms = new Map(); // by id: {head, read, unread, mentions, latest}
    this.timers = new Map();
    this.onchange = () => {}; // gets a room's id
    socket.on("up", (hello) => this.begin(hello.rooms));
    socket.on("activity", (frame) => this.activity(frame));
    socket.on("read", (frame) => this.read(frame));
    socket.on("counts", (frame) => this.counted(frame));
    socket.on("error", ({ room, code }) => code === "forbidden" && this.stopAsking(room));
    socket.on("room", ({ room, member }) => member || this.forget(room.id));
  }

  get(id) {
    return this.rooms.get(id);
  }

  begin(rooms) {
    for (const id of this.timers.keys()) this.stopAsking(id);
    this.rooms.clear();
    for (const { id, as_of, head, read, unread, mentions } of rooms) {
      this.set(id, { head: as_of, read, unread, mentions, latest: as_of });
      this.heard(id, head);
    }
  }

  set(id, counts) {
    this.rooms.set(id, { ...this.rooms.get(id), ...counts });
    this.onchange(id);
  }

  forget(id) {
    this.stopAsking(id);
    this.rooms.delete(id);
  }

  // The room has changed up to `head`, as far as one knows here.
  heard(id, head) {
    const room = this.rooms.get(id);
    if (!room || head <= room.latest) return;
    room.latest = head;
    this.check(id);
  }

  check(id) {
    const room = this.rooms.get(id);
    if (room.head < room.latest) this.askSoon(id);
    else this.stopAsking(id);
  }

  activity(frame) {
    const room = this.rooms.get(frame.room);
    if (!room || frame.head <= room.head) return;
    const follows = frame.since === room.head && room.latest === room.head;
    const counts = follows && this.follow(room, frame);
    if (counts) this.set(frame.room, { ...counts, head: frame.head, latest: frame.head });
    else this.heard(frame.room, frame.head);
  }

  // What the server would count after this frame, or null if that takes more than the frame says.
  follow(room, { head, seq, authors, mention, recount }) {
    if (seq <= room.read) return room;
    const others = authors.filter((author) => author !== this.me).length;
    const isFull = head - room.read > UNREAD_MAX && room.unread < UNREAD_MAX;
    if (recount || (mention && authors.length > 1) || (others && isFull)) return null;
    const unread = Math.min(UNREAD_MAX, room.unread + others);
    return { ...room, unread, mentions: room.mentions + (mention ? others : 0) };
  }

  // Here or on another device.
  read({ room: id, seq, head, unread, mentions }) {
    const room = this.rooms.get(id);
    if (!room || seq < room.read) return;
    room.read = seq;
    if (head >= room.head) this.counted({ room: id, read: seq, head, unread, mentions });
    else this.askSoon(id);
  }

  counted({ room: id, head, read, unread, mentions }) {
    this.stopAsking(id);
    const room = this.rooms.get(id) ?? { head: 0, read: 0, latest: 0 };
    if (head < room.head || read < room.read) return this.askSoon(id);
    this.set(id, { head, read, unread, mentions, latest: Math.max(head, room.latest) });
    this.check(id);
  }

  askSoon(id, after = ASK_AFTER * (1 + Math.random())) {
    if (this.timers.has(id)) return;
    this.timers.set(id, setTimeout(() => this.ask(id), after));
  }

  // Again, until there is an answer.
  ask(id) {
    this.timers.delete(id);
    if (this.socket.send({ type: "counts", room: id })) this.askSoon(id, ASK_AGAIN_AFTER);
  }

  stopAsking(id) {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }
}
