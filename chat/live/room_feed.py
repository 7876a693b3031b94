"""Sends a room's changes to this process's sockets: each once, in order and without gaps."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chat import users
from chat.live.connections import Socket
from chat.live.write_queue import WriteQueue
from chat.protocol.server_frames import encode

RECENT_POSTS_MAX = 10  # to recognize them

Change = dict[str, Any]


@dataclass(slots=True)
class Subscription:
    """The state of a subscribing socket.

    `waiting` has every change after `since`, which is None while the feed's head is unknown. `head`
    is the version up to which the socket has caught up from the database.
    """

    since: int | None
    waiting: list[Change] = field(default_factory=list)
    head: int = 0


class RoomFeed:
    """The changes of one room. `head` is the version of the last change in order; None until known.

    A socket subscribes, catches up from the database, and has the room open as soon as this feed
    has reached the same version.
    """

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
        self.out_of_order: dict[int, Change] = {}  # {version: change after a gap}
        self.unflushed: list[Change] = []
        # Pairs of id and client_id.
        self.recent_posts: deque[tuple[int, str]] = deque(maxlen=RECENT_POSTS_MAX)
        self.is_repairing = self.is_checking_for_loss = False

    def is_idle(self) -> bool:
        return not (self.members or self.open or self.subscribing)

    def audience(self) -> set[Socket]:
        return self.members | self.open | self.subscribing.keys()

    def ensure_head(self, head: int) -> int:
        """Sets the head, as read from the database, unless it is known. Returns the known head."""
        if self.head is None:
            self._skip_to(head)
            self.receive([])
        return self.head or 0

    def receive(self, changes: Iterable[Change]) -> bool:
        """Accepts changes in order. Returns whether there is a gap before some of them."""
        for change in changes:
            if self.head is None or change["version"] > self.head:
                self.out_of_order[change["version"]] = change
        if self.head is None:
            return False
        while self.head + 1 in self.out_of_order:
            self._accept(self.out_of_order.pop(self.head + 1))
        return bool(self.out_of_order)

    def contradicts(self, change: Change) -> bool:
        """Returns whether a post has a version that another post had before. Then it is very late,
        or the database lost changes."""
        is_known = self.head is not None and change["version"] <= self.head
        return is_known and is_post(change) and identity(change) not in self.recent_posts

    def repair(self, changes: list[Change], head: int) -> bool:
        """Accepts changes that were read from the database, which has no superseded versions.
        Returns whether there is a gap, as `receive` does."""
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
        """Sets the head without sending the changes in between."""
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
        """Begins to subscribe a socket, even if it has the room open. Changes wait until the socket
        has caught up."""
        self.unsubscribe(socket)
        self.subscribing[socket] = Subscription(since=self.head)

    def unsubscribe(self, socket: Socket) -> None:
        self.open.discard(socket)
        self.subscribing.pop(socket, None)
        self.caught_up.discard(socket)

    def has_missed(self, socket: Socket, head: int) -> bool:
        """Returns whether a subscribing socket that knows the room up to `head` has missed later
        changes."""
        self.ensure_head(head)
        return (self.subscribing[socket].since or 0) > head

    def catch_up(self, socket: Socket, head: int, frame: bytes, queue: WriteQueue) -> None:
        """Sends `frame`, which has the room up to `head`, to a subscribing socket. Later changes
        follow."""
        self.subscribing[socket].head = head
        self.caught_up.add(socket)
        queue.put([frame], [socket])
        self.flush(queue)

    def head_of(self, socket: Socket) -> int:
        """Returns the version up to which a socket has been sent the room's changes."""
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
        """Opens the room for a socket, once this feed has reached the socket's version. So no
        change is sent twice."""
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
        """Sends one `activity` frame for all changes to the members who do not have the room
        open."""
        others = self.members - self.open - self.subscribing.keys()
        if not others:
            return
        mentioned = mentioned_users(changes)
        to_mentioned = {socket for socket in others if socket.user.pk in mentioned}
        queue.put([self._activity(changes, mention=False)], others - to_mentioned)
        queue.put([self._activity(changes, mention=True)], to_mentioned)

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
                # The version before these changes, the authors of the posts among them, and whether
                # the other changes may affect unread counts. With these a client can update its
                # counts, or knows that it has to request them.
                "since": changes[0]["version"] - 1,
                "authors": [change["author"] for change in changes if is_post(change)],
                "recount": any(change["recount"] and not is_post(change) for change in changes),
            }
        )


def identity(change: Change) -> tuple[int, str]:
    return change["id"], change["client_id"]


def mentioned_users(changes: list[Change]) -> set[Any]:
    """Returns the primary keys of the users that the posts among `changes` mention."""
    ids = set().union(*(change["mentions"] for change in filter(is_post, changes)))
    return set(map(users.to_pk, ids))


def is_post(change: Change) -> bool:
    return change["version"] == change["seq"]
