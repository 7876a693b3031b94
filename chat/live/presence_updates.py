"""What sockets are sent of people's states. Many are sent the same: what is equal is made once."""

import asyncio
from collections.abc import Collection
from typing import Any

from chat.live.connections import Socket
from chat.protocol.server_frames import encode
from presence.socket_leases import AWAY, HERE

ADDED_PER_TURN = 2000

States = frozenset[tuple[int, str | None]]  # of people by id; None: left, or out of sight
NOTHING: States = frozenset()


class PresenceUpdates:
    """What each socket is sent. States that are equal are one object, which makes it quick to see,
    and what comes of adding the same to the same is worked out once."""

    def __init__(self) -> None:
        self.states: dict[Socket, States] = {}
        self._unions: dict[tuple[States, States], States] = {}
        self._equals: dict[States, States] = {}
        self._added = 0

    def add(self, sockets: Collection[Socket], states: States) -> None:
        """The larger states first: those that the socket is sent already add nothing."""
        if states:
            self._added += len(sockets)
            for socket in sockets:
                self.states[socket] = self.union(self.states.get(socket, NOTHING), states)

    def union(self, one: States, other: States) -> States:
        found = self._unions.get((one, other))
        if found is None:
            found = one if other <= one else one | other
            found = self._unions[one, other] = self._equals.setdefault(found, found)
        return found

    async def pause_if_long(self) -> None:
        """The loop does not stand still for more than a few milliseconds."""
        if self._added > ADDED_PER_TURN:
            self._added = 0
            await asyncio.sleep(0)

    def sockets_by_states(self) -> dict[States, list[Socket]]:
        found: dict[States, list[Socket]] = {}
        for socket, states in self.states.items():
            found.setdefault(states, []).append(socket)
        return found


def frame(states: States) -> bytes:
    users: dict[str | None, list[int]] = {HERE: [], AWAY: [], None: []}
    for user_id, state in sorted(states, key=lambda item: item[0]):
        users[state].append(user_id)
    frame: dict[str, Any] = {"type": "presence", "here": users[HERE], "left": users[None]}
    return encode(frame | ({"away": users[AWAY]} if users[AWAY] else {}))
