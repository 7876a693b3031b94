"""Registers the sockets of this process and the rooms that they follow.

Everything is in memory, and used only on the thread of the loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from chat.live.background_tasks import BackgroundTasks
from chat.live.connections import Socket
from chat.live.handshakes import Handshake
from chat.live.presence_changes import PresenceChanges
from chat.live.room_feed import RoomFeed
from chat.live.shared_rooms import SharedRooms
from chat.live.write_queue import WriteQueue
from chat.protocol.close_codes import RESTART
from chat.protocol.server_frames import encode
from chat.services import sign_outs
from presence.socket_tracker import SocketTracker


class Registry:
    """The sockets of one process.

    `name` identifies the process to others. `needs_catch_up` is true if a socket connected while
    events were lost, or if the database failed while they were repaired. `is_closed` is true once
    the process stops.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.sockets: set[Socket] = set()
        self.sockets_by_key: defaultdict[tuple[str, Any], set[Socket]] = defaultdict(set)
        self.feeds: dict[int, RoomFeed] = {}
        self.handshakes: set[Handshake] = set()
        self.tracker = SocketTracker(name)
        self.shared_rooms = SharedRooms()
        self.presence_changes = PresenceChanges(self.shared_rooms, self.tracker)
        self.write_queue = WriteQueue(asyncio.get_running_loop())
        self.tasks = BackgroundTasks()
        self.needs_catch_up = self.is_closed = False
        self._unflushed: set[RoomFeed] = set()

    def begin_handshake(self) -> Handshake:
        """Returns a handshake. Call `complete_handshake`, or `end` it."""
        return Handshake(self.handshakes)

    def complete_handshake(
        self, socket: Socket, rooms: list[dict[str, Any]], handshake: Handshake
    ) -> bool:
        """Applies the recorded events and adds the socket. Returns False, and closes the socket, if
        its sign-in has ended or the process stops."""
        if self.is_closed:
            socket.close(RESTART)
            return False
        if (code := handshake.ended_with(sign_out_keys(socket))) is not None:
            socket.close(code)
            return False
        if (offline := handshake.appearance(socket.user.pk)) is not None:
            socket.user.appears_offline = offline
        socket.user.__dict__.update(handshake.new_names(socket.user.pk))
        self.add(socket, rooms)
        self.needs_catch_up |= handshake.missed_events
        handshake.end()
        return True

    def add(self, socket: Socket, rooms: list[dict[str, Any]]) -> None:
        """Adds a socket. `rooms` are those that its user is a member of, as `hello` has them."""
        self.sockets.add(socket)
        for key in sign_out_keys(socket):
            self.sockets_by_key[key].add(socket)
        for room in rooms:
            room["head"] = self.add_member(socket, room)
        if socket.user.pk not in self.shared_rooms.rooms_of:
            self.shared_rooms.add_user(socket.user.pk, socket.member_of)
        self.tracker.hide(socket.user.pk, getattr(socket.user, "appears_offline", False))
        self.tracker.opened(socket.user.pk)

    def add_member(self, socket: Socket, room: dict[str, Any]) -> int:
        """Lets the socket follow a room of its user. Returns the head that was last sent here."""
        socket.member_of.add(room["id"])
        feed = self.feed(room["id"])
        feed.members.add(socket)
        return feed.ensure_head(room["head"])

    def end(self, socket: Socket, code: int) -> None:
        self.remove(socket)
        socket.close(code)

    def remove(self, socket: Socket) -> None:
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        for key in sign_out_keys(socket):
            self.sockets_by_key[key].discard(socket)
            if not self.sockets_by_key[key]:
                del self.sockets_by_key[key]
        for room_id in list(socket.member_of):
            self.remove_member(socket, room_id)
        for room_id in list(socket.open_rooms):
            self.close_room(socket, room_id)
        self.tracker.closed(socket.user.pk)
        self.forget_user_if_gone(socket.user.pk)

    def remove_member(self, socket: Socket, room_id: int) -> None:
        socket.member_of.discard(room_id)
        if (feed := self.feeds.get(room_id)) is not None:
            feed.members.discard(socket)
            self._drop_if_idle(feed)

    def close_room(self, socket: Socket, room_id: int) -> None:
        socket.open_rooms.discard(room_id)
        if (feed := self.feeds.get(room_id)) is not None:
            if socket in feed.open or socket in feed.caught_up:
                self.presence_changes.room_opened_or_closed(socket, room_id)
            feed.unsubscribe(socket)
            self._drop_if_idle(feed)

    def feed(self, room_id: int) -> RoomFeed:
        if room_id not in self.feeds:
            self.feeds[room_id] = RoomFeed(room_id)
        return self.feeds[room_id]

    def _drop_if_idle(self, feed: RoomFeed) -> None:
        if feed.is_idle():
            self.feeds.pop(feed.id, None)

    def sockets_of(self, user_ids: Iterable[int]) -> set[Socket]:
        return set().union(*(self.sockets_by_key.get(("user", pk), ()) for pk in user_ids))

    def forget_user_if_gone(self, user_id: int) -> None:
        if user_id not in self.tracker.reported and ("user", user_id) not in self.sockets_by_key:
            self.shared_rooms.remove_user(user_id)

    def send(self, frame: dict[str, Any], sockets: Iterable[Socket]) -> None:
        self.write_queue.put([encode(frame)], sockets)

    def flush_soon(self, feed: RoomFeed) -> None:
        """Schedules a flush, so that changes of the same turn of the loop are sent together."""
        if not feed.unflushed:
            return
        if not self._unflushed:
            self.write_queue.call_after(self._flush)
        self._unflushed.add(feed)

    def _flush(self) -> None:
        unflushed, self._unflushed = self._unflushed, set()
        for feed in unflushed:
            feed.flush(self.write_queue)


def sign_out_keys(socket: Socket) -> list[tuple[str, Any]]:
    """Returns the keys whose end closes the socket: its user and its credentials."""
    return [sign_outs.key(*key) for key in sign_outs.raw_keys(socket.user, socket.auth)]
