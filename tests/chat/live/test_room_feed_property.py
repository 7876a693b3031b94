"""The channel layer may lose, repeat and reorder events. With repairs each socket still receives
every message, in order and once, up to the state in the database."""

import asyncio
import json
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from chat.live.room_feed import RoomFeed
from chat.live.write_queue import WriteQueue
from chat.protocol.server_frames import encode
from tests.chat.recording_socket import RecordingSocket, delivered


@dataclass
class Record:
    """The database of one room: the present state of each message, by id."""

    head: int = 0
    messages: dict[int, dict] = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)  # one for each change, as it was published

    def write(self, which: int) -> None:
        """Writes a new message, or a change of an existing one."""
        self.head += 1
        seq = self.head if which >= len(self.messages) else sorted(self.messages)[which]
        frame = encode({"type": "message", "id": seq, "version": self.head})
        change = {
            "id": seq,
            "client_id": f"client {seq}",
            "seq": seq,
            "version": self.head,
            "author": 1,
            "name": "Alice",
            "mentions": [],
            "recount": True,
            "preview": "",
            "html": frame,
            "json": frame,
        }
        self.messages[seq] = change
        self.events.append(change)

    def since(self, version: int) -> list[dict]:
        changes = (c for c in self.messages.values() if c["version"] > version)
        return sorted(changes, key=lambda change: change["version"])


class Room:
    """A room's feed with its record and its sockets."""

    def __init__(self) -> None:
        self.record, self.feed = Record(), RoomFeed(7)
        self.queue = WriteQueue(asyncio.get_running_loop())
        self.sockets: list[RecordingSocket] = []

    def write(self, which: int) -> None:
        self.record.write(which)

    def deliver(self, which: int) -> None:
        """Delivers one of the events so far; an event may come late, twice or never."""
        if self.record.events:
            self.feed.receive([self.record.events[which % len(self.record.events)]])

    def flush(self, _: int) -> None:
        self.feed.flush(self.queue)

    def repair(self, _: int) -> None:
        self.feed.repair(self.record.since(self.feed.head or 0), self.record.head)

    def open(self, _: int) -> None:
        """A new socket reads the database and receives the answer later."""
        self.sockets.append(socket := RecordingSocket(None))
        socket.known = 0
        self.read_record(socket)

    def open_again(self, which: int) -> None:
        if ready := [socket for socket in self.sockets if socket not in self.waiting()]:
            socket = ready[which % len(ready)]
            socket.known = max((frame["version"] for frame in shown(socket)), default=0)
            self.read_record(socket)

    def read_record(self, socket: RecordingSocket) -> None:
        self.feed.subscribe(socket)
        changes = [json.loads(change["html"]) for change in self.record.since(socket.known)]
        socket.opened = {"type": "opened", "head": self.record.head, "changes": changes}

    def waiting(self) -> list[RecordingSocket]:
        return [socket for socket in self.feed.subscribing if socket not in self.feed.caught_up]

    def finish(self, which: int) -> None:
        if waiting := self.waiting():
            socket = waiting[which % len(waiting)]
            while self.feed.has_missed(socket, socket.opened["head"]):
                self.read_record(socket)
            self.feed.catch_up(socket, socket.opened["head"], encode(socket.opened), self.queue)


def shown(socket: RecordingSocket) -> list[dict]:
    """Returns the messages that a socket received, in order."""
    found = []
    for frame in socket.frames:
        found += frame["changes"] if frame["type"] == "opened" else [frame]
    return found


STEPS = st.sampled_from(
    [Room.write, Room.write, Room.deliver, Room.deliver, Room.deliver, Room.flush, Room.repair,
     Room.open, Room.open_again, Room.finish]
)  # fmt: skip


@given(st.lists(st.tuples(STEPS, st.integers(0, 30)), max_size=80))
def test_every_socket_ends_with_the_state_of_the_database(steps):
    asyncio.run(play(steps))


async def play(steps) -> None:
    room = Room()
    for step, which in steps:
        step(room, which)
        if step in (Room.flush, Room.finish):
            await delivered()
    while room.waiting():
        room.finish(0)
    room.repair(0)
    room.flush(0)
    for _ in range(len(steps)):
        await delivered()
    for socket in room.sockets:
        messages = shown(socket)
        versions = [frame["version"] for frame in messages]
        assert versions == sorted(set(versions))
        assert {m["id"]: m["version"] for m in messages} == {
            seq: change["version"] for seq, change in room.record.messages.items()
        }
