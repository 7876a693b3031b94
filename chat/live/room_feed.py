"""A room as this process's sockets follow it: every change passed on once, in order, without a
gap."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chat.live.connections import Socket
from chat.live.write_queue import WriteQueue
from chat.protocol.server_frames import encode

RECENT_POSTS_MAX = 10  # to know them again

Change = dict[str, Any]


@dataclass(slots=True)
class Subscription:
    """Of a socket that subscribes: `waiting` has every change after `since`, which is known once
    the head is. `head`: up to where the socket has caught up from the database."""

    since: int | None
    waiting: list[Change] = field(default_factory=list)
    head: int = 0


class RoomFeed:
    """`head` is the version of the last change passed on; None until it is known. A socket
    subscribes, catches up from the database, and has the room open once this feed is as far."""

    __slots__ = (
        *("caught_up", "head", "id", "is_checking_for_loss", "is_repairing", "members"),
        *("open", "out_of_order", "recent_posts", "subscribing", "unflushed"),
    )

    def __init__(self, id: int) -> None:
        self.id = id
        self.head: int | None = None
        self.members: set[Socket] = set()
        self.open: set[Socket] = set()
        self.subscribing: dict[Socket, Subscription] = {}
        self.caught_up: set[Socket] = set()  # of those subscribing
        self.out_of_order: dict[int, Change] = {}  # by version: those after a gap
        self.unflushed: list[Change] = []
        self.recent_posts: deque[tuple[int, str]] = deque(
            maxlen=RECENT_POSTS_MAX
        )  # id and client_id
        self.is_repairing = self.is_checking_for_loss = False

    def is_idle(self) -> bool:
        return not (self.members or self.open or self.subscribing)

    def audience(self) -> set[Socket]:
        return self.members | self.open | self.subscribing.keys()

    def ensure_head(self, head: int) -> int:
        """`head` as read from the database. Returns the head that was, or now is, known here."""
        if self.head is None:
            self._skip_to(head)
            self.receive([])
        return self.head or 0

    def receive(self, changes: Iterable[Change]) -> bool:
        """Returns whether one is missing before some that are out of order."""
        for change in changes:
            if self.head is None or change["version"] > self.head:
                self.out_of_order[change["version"]] = change
        if self.head is None:
            return False
        while self.head + 1 in self.out_of_order:
            self._accept(self.out_of_order.pop(self.head + 1))
        return bool(self.out_of_order)

    def contradicts(self, change: Change) -> bool:
        """Whether another post has a number that was passed on already: one of long ago that comes
        late, or the database went back."""
        is_known = self.head is not None and change["version"] <= self.head
        return is_known and is_post(change) and identity(change) not in self.recent_posts

    def repair(self, changes: list[Change], head: int) -> bool:
        """`changes` as read from the database, where a superseded version is missing rightly.
        Returns as `receive`."""
        known = self.head or 0
        for change in sorted(changes, key=lambda change: change["version"]):
            if change["version"] > known:
                self._accept(change)
        if head > (self.head or 0):
            self._skip_to(head)
        later = {v: change for v, change in self.out_of_order.items() if v > (self.head or 0)}
        self.out_of_order = later
        return self.receive([])

    def _skip_to(self, head: int) -> None:
        """What lies between is not passed on."""
        self.head = head
        self.recent_posts.clear()
        for subscription in self.subscribing.values():
            subscription.since = head

    def _accept(self, change: Change) -> None:
        self.head = change["version"]
        if is_post(change):
            self.recent_posts.append(identity(change))
        self.unflushed.append(change)
        for subscription in self.subscribing.values():
            subscription.waiting.append(change)

    def subscribe(self, socket: Socket) -> None:
        """Until the socket has caught up, what comes waits; also where it has the room open."""
        self.unsubscribe(socket)
        self.subscribing[socket] = Subscription(since=self.head)

    def unsubscribe(self, socket: Socket) -> None:
        self.open.discard(socket)
        self.subscribing.pop(socket, None)
        self.caught_up.discard(socket)

    def has_missed(self, socket: Socket, head: int) -> bool:
        """Whether a socket that subscribes, and knows the room up to `head`, missed what came
        since."""
        self.ensure_head(head)
        return (self.subscribing[socket].since or 0) > head

    def catch_up(self, socket: Socket, head: int, frame: bytes, queue: WriteQueue) -> None:
        """`frame` tells a socket that subscribes of the room up to `head`; what follows comes
        next."""
        self.subscribing[socket].head = head
        self.caught_up.add(socket)
        queue.put([frame], [socket])
        self.flush(queue)

    def head_of(self, socket: Socket) -> int:
        """Up to which version a socket that follows the room was told of it."""
        if socket in self.caught_up:
            return self.subscribing[socket].head
        return self.head or 0

    def flush(self, queue: WriteQueue) -> None:
        changes, self.unflushed = self.unflushed, []
        if changes:
            self._send_changes(changes, queue)
            self._send_activity(changes, queue)
        for socket in [s for s in self.caught_up if self.subscribing[s].head <= (self.head or 0)]:
            self._end_subscribing(socket, queue)

    def _end_subscribing(self, socket: Socket, queue: WriteQueue) -> None:
        """Not before all that the socket was told has come here too: so nothing comes twice."""
        subscription = self.subscribing[socket]
        self.unsubscribe(socket)
        self.open.add(socket)
        format = "html" if socket.html else "json"
        later = [c[format] for c in subscription.waiting if c["version"] > subscription.head]
        queue.put(later, [socket])

    def _send_changes(self, changes: list[Change], queue: WriteQueue) -> None:
        for format, html in (("html", True), ("json", False)):
            sockets = [socket for socket in self.open if socket.html is html]
            if sockets:
                queue.put([change[format] for change in changes], sockets)

    def _send_activity(self, changes: list[Change], queue: WriteQueue) -> None:
        """One `activity` frame for all of the changes to members who do not follow the room."""
        others = self.members - self.open - self.subscribing.keys()
        if not others:
            return
        mentioned = set().union(*(change["mentions"] for change in filter(is_post, changes)))
        named = {socket for socket in others if socket.user.pk in mentioned}
        queue.put([self._activity(changes, mention=False)], others - named)
        queue.put([self._activity(changes, mention=True)], named)

    def _activity(self, changes: list[Change], mention: bool) -> bytes:
        last = max(changes, key=lambda change: change["seq"])
        return encode(
            {
                "type": "activity",
                "room": self.id,
                "head": self.head,
                "seq": last["seq"],
                "author": last["author"],
                "name": last["name"],
                "preview": last["preview"],
                "mention": mention,
                # The change before the first of these, the authors of those that are posts, and
                # whether others may have changed a count of unread messages: with them a client
                # knows what the server would count, or that it has to ask.
                "since": changes[0]["version"] - 1,
                "authors": [change["author"] for change in changes if is_post(change)],
                "recount": any(change["recount"] and not is_post(change) for change in changes),
            }
        )


def identity(change: Change) -> tuple[int, str]:
    return change["id"], change["client_id"]


def is_post(change: Change) -> bool:
    return change["version"] == change["seq"]
