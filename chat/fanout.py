"""A room as this process's sockets see it: every change passed on once, in order, without a gap."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chat.messages import encode
from chat.outbox import Outbox
from chat.sockets import Socket

POSTS_KEPT = 10  # to know them again

Change = dict[str, Any]


@dataclass(slots=True)
class Opening:
    """A socket that begins: `waiting` has every change after `since`, which is known once the head
    is. `head`: that which the socket knows from the database, once it is told."""

    since: int | None
    waiting: list[Change] = field(default_factory=list)
    head: int = 0


class RoomView:
    """`head` is the version of the last change passed on; None until it is known."""

    __slots__ = (
        *("burst", "head", "held", "id", "looking", "members"),
        *("open", "opening", "posts", "repairing", "told"),
    )

    def __init__(self, id: int) -> None:
        self.id = id
        self.head: int | None = None
        self.members: set[Socket] = set()
        self.open: set[Socket] = set()
        self.opening: dict[Socket, Opening] = {}
        self.told: set[Socket] = set()  # of those opening, who know more than is known here
        self.held: dict[int, Change] = {}  # by version: those after a gap
        self.burst: list[Change] = []
        self.posts: deque[tuple[int, str]] = deque(maxlen=POSTS_KEPT)  # id and client_id
        self.repairing = self.looking = False

    def is_idle(self) -> bool:
        return not (self.members or self.open or self.opening)

    def know(self, head: int) -> int:
        """`head` as read from the database; answers the head that was, or now is, known here."""
        if self.head is None:
            self._jump(head)
            self.take([])
        return self.head or 0

    def take(self, changes: Iterable[Change]) -> bool:
        """Answers whether one is missing before what was held back."""
        for change in changes:
            if self.head is None or change["version"] > self.head:
                self.held[change["version"]] = change
        if self.head is None:
            return False
        while self.head + 1 in self.held:
            self._accept(self.held.pop(self.head + 1))
        return bool(self.held)

    def contradicts(self, change: Change) -> bool:
        """Whether another post has a number that was passed on already: one of long ago that comes
        late, or the database went back."""
        is_known = self.head is not None and change["version"] <= self.head
        return is_known and is_post(change) and identity(change) not in self.posts

    def repair(self, changes: list[Change], head: int) -> bool:
        """`changes` as read from the database, where a superseded version is missing rightly."""
        known = self.head or 0
        for change in sorted(changes, key=lambda change: change["version"]):
            if change["version"] > known:
                self._accept(change)
        if head > (self.head or 0):
            self._jump(head)
        self.held = {v: change for v, change in self.held.items() if v > (self.head or 0)}
        return self.take([])

    def _jump(self, head: int) -> None:
        """What lies between is not passed on."""
        self.head = head
        self.posts.clear()
        for opening in self.opening.values():
            opening.since = head

    def _accept(self, change: Change) -> None:
        self.head = change["version"]
        if is_post(change):
            self.posts.append(identity(change))
        self.burst.append(change)
        for opening in self.opening.values():
            opening.waiting.append(change)

    def begin(self, socket: Socket) -> None:
        """Until the socket is told of the room, what comes waits; also where it has it open."""
        self.forget(socket)
        self.opening[socket] = Opening(since=self.head)

    def forget(self, socket: Socket) -> None:
        self.open.discard(socket)
        self.opening.pop(socket, None)
        self.told.discard(socket)

    def lacks(self, socket: Socket, head: int) -> bool:
        """Whether a socket that begins, and knows the room up to `head`, missed what came since."""
        self.know(head)
        return (self.opening[socket].since or 0) > head

    def opened(self, socket: Socket, head: int, frame: bytes, outbox: Outbox) -> None:
        """`frame` tells a socket that begins of the room up to `head`; what follows comes next."""
        self.opening[socket].head = head
        self.told.add(socket)
        outbox.put([frame], [socket])
        self.flush(outbox)

    def flush(self, outbox: Outbox) -> None:
        burst, self.burst = self.burst, []
        if burst:
            self._pass_on(burst, outbox)
            self._announce(burst, outbox)
        for socket in [s for s in self.told if self.opening[s].head <= (self.head or 0)]:
            self._end_opening(socket, outbox)

    def _end_opening(self, socket: Socket, outbox: Outbox) -> None:
        """Not before all that the socket was told has come here too: so nothing comes twice."""
        opening = self.opening[socket]
        self.forget(socket)
        self.open.add(socket)
        format = "html" if socket.html else "json"
        later = [c[format] for c in opening.waiting if c["version"] > opening.head]
        outbox.put(later, [socket])

    def _pass_on(self, burst: list[Change], outbox: Outbox) -> None:
        for format, html in (("html", True), ("json", False)):
            sockets = [socket for socket in self.open if socket.html is html]
            if sockets:
                outbox.put([change[format] for change in burst], sockets)

    def _announce(self, burst: list[Change], outbox: Outbox) -> None:
        """One `activity` frame for the whole burst to members who have not opened the room."""
        others = self.members - self.open - self.opening.keys()
        if not others:
            return
        posts = filter(is_post, burst)
        mentioned = set().union(*(change["mentions"] for change in posts))
        called = {socket for socket in others if socket.user.pk in mentioned}
        outbox.put([self._activity(burst, mention=False)], others - called)
        outbox.put([self._activity(burst, mention=True)], called)

    def _activity(self, burst: list[Change], mention: bool) -> bytes:
        last = max(burst, key=lambda change: change["seq"])
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
                "since": burst[0]["version"] - 1,
                "authors": [change["author"] for change in burst if is_post(change)],
                "recount": any(change["recount"] and not is_post(change) for change in burst),
            }
        )


def identity(change: Change) -> tuple[int, str]:
    return change["id"], change["client_id"]


def is_post(change: Change) -> bool:
    return change["version"] == change["seq"]
