"""Tracks handshakes in progress.

A socket is registered only after its data was read from the database, so it would miss the events
in between. Each handshake records them, and they are applied at its end.
"""

from collections.abc import Iterable
from typing import Any

Event = dict[str, Any]

ABOUT_ROOMS = {"joined", "left", "renamed", "deleted"}


class Handshake:
    """A handshake in progress. Begin it before any data of the socket is read. `missed_events` is
    true if events were lost since then."""

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
        """Returns whether the user's rooms changed since the last call."""
        about_rooms = [event for event in self._events if event["kind"] in ABOUT_ROOMS]
        self._events = [event for event in self._events if event["kind"] not in ABOUT_ROOMS]
        return any(
            user_id in event.get("users", [event.get("user", user_id)]) for event in about_rooms
        )

    def ended_with(self, keys: Iterable[tuple[str, Any]]) -> int | None:
        """Returns the close code if one of the sign-ins `keys` has ended, or else None."""
        ended = {tuple(e["key"]): e["code"] for e in self._events if e["kind"] == "ended"}
        return next((ended[key] for key in keys if key in ended), None)

    def new_names(self, user_id: int) -> dict[str, str]:
        """Returns the name fields of the user if they changed, or else an empty dictionary."""
        renamed = (event for event in self._events if event["kind"] == "person")
        names = [event["names"] for event in renamed if event["user"]["id"] == user_id]
        return names[-1] if names else {}

    def appearance(self, user_id: int) -> bool | None:
        """Returns whether the user chose to appear offline; None if they did not change it."""
        chosen = [
            event["offline"]
            for event in self._events
            if event["kind"] == "appearance" and event["user"] == user_id
        ]
        return chosen[-1] if chosen else None
