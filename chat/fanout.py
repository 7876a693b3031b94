"""A room as this process's sockets see it: every change passed on once, in order, without a gap."""

from collections.abc import Iterable
from typing import Any

from chat.messages import encode
from chat.outbox import Outbox
from chat.sockets import Socket

Change = dict[str, Any]


class RoomView:
    """`head` is the version of the last change passed on; None until it is known."""

    __slots__ = ("burst", "head", "held", "id", "members", "open", "opening", "repairing")

    def __init__(self, id: int) -> None:
        self.id = id
        self.head: int | None = None
        self.members: set[Socket] = set()
        self.open: set[Socket] = set()
        self.opening: dict[Socket, list[Change]] = {}
        self.held: dict[int, Change] = {}  # by version: those after a gap
        self.burst: list[Change] = []
        self.repairing = False

    def is_idle(self) -> bool:
        return not (self.members or self.open or self.opening)

    def know(self, head: int) -> int:
        """`head` as read from the database; answers the head that was, or now is, known here."""
        if self.head is None:
            self.head = head
            self.take([])
        return self.head

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

    def repair(self, changes: list[Change], head: int) -> bool:
        """`changes` as read from the database, where a superseded version is missing rightly."""
        known = self.head or 0
        for change in sorted(changes, key=lambda change: change["version"]):
            if change["version"] > known:
                self._accept(change)
        self.head = head = max(known, head)
        self.held = {version: c for version, c in self.held.items() if version > head}
        return self.take([])

    def _accept(self, change: Change) -> None:
        self.head = change["version"]
        self.burst.append(change)
        for waiting in self.opening.values():
            waiting.append(change)

    def opened(self, socket: Socket, head: int) -> list[bytes]:
        """Ends the opening of a socket that now knows the room up to `head`; answers what came
        since."""
        waiting = self.opening.pop(socket, [])
        self.open.add(socket)
        format = "html" if socket.html else "json"
        return [change[format] for change in waiting if change["version"] > head]

    def flush(self, outbox: Outbox) -> None:
        burst, self.burst = self.burst, []
        for format, html in (("html", True), ("json", False)):
            sockets = [socket for socket in self.open if socket.html is html]
            if sockets:
                outbox.put([change[format] for change in burst], sockets)
        self._announce(burst, outbox)

    def _announce(self, burst: list[Change], outbox: Outbox) -> None:
        """One `activity` frame for the whole burst to members who have not opened the room."""
        others = self.members - self.open
        if not others:
            return
        posts = (change for change in burst if change["version"] == change["seq"])
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
            }
        )
