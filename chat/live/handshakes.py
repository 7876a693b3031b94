"""Handshakes under way. Events between what is read from the database for a socket and its
admission would miss it: they are recorded for each handshake, and looked at last."""

from collections.abc import Iterable
from typing import Any

Event = dict[str, Any]

ABOUT_ROOMS = {"joined", "left", "renamed", "deleted"}


class Handshake:
    """It begins before anything is read for it. `missed_events`: events were lost."""

    __slots__ = ("_events", "_handshakes", "missed_events")

    def __init__(self, handshakes: set["Handshake"]) -> None:
        self._handshakes = handshakes
        self._events: list[Event] = []
        self.missed_events = False
        handshakes.add(self)

    def record(self, event: Event) -> None:
        self._events.append(event)

    def end(self) -> None:
        self._handshakes.discard(self)
        self._events = []

    def rooms_changed(self, user_id: int) -> bool:
        """Whether rooms of theirs came, went or were renamed since this was last asked."""
        about_rooms = [event for event in self._events if event["kind"] in ABOUT_ROOMS]
        self._events = [event for event in self._events if event["kind"] not in ABOUT_ROOMS]
        return any(
            user_id in event.get("users", [event.get("user", user_id)]) for event in about_rooms
        )

    def ended_with(self, keys: Iterable[tuple[str, Any]]) -> int | None:
        """The code to close with, where one of `keys` ended."""
        ended = {tuple(e["key"]): e["code"] for e in self._events if e["kind"] == "ended"}
        return next((ended[key] for key in keys if key in ended), None)

    def new_names(self, user_id: int) -> dict[str, str]:
        """The fields of a name that they took meanwhile."""
        renamed = (event for event in self._events if event["kind"] == "person")
        taken = [event["names"] for event in renamed if event["user"]["id"] == user_id]
        return taken[-1] if taken else {}

    def appearance(self, user_id: int) -> bool | None:
        """Whether they chose to appear offline, or chose not to; None where they chose nothing."""
        chosen = [
            event["offline"]
            for event in self._events
            if event["kind"] == "appearance" and event["user"] == user_id
        ]
        return chosen[-1] if chosen else None
