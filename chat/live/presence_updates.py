"""Builds presence frames. Many sockets get the same states, so each distinct frame is built
once."""

import asyncio
from collections.abc import Collection
from typing import Any

from chat import users
from chat.live.connections import Socket
from chat.protocol.server_frames import encode
from chat.users import JsonId
from presence.socket_leases import AWAY, HERE

ADDED_PER_TURN = 2000

# Pairs of user id and state, which is None if the user left or no longer shares a room.
States = frozenset[tuple[Any, str | None]]
NOTHING: States = frozenset()


class PresenceUpdates:
    """The states to send to each socket. Equal states are one object, so that they compare quickly,
    and each union is computed once."""

    def __init__(self) -> None:
        self.states: dict[Socket, States] = {}
        self._unions: dict[tuple[States, States], States] = {}
        self._equals: dict[States, States] = {}
        self._added = 0

    def add(self, sockets: Collection[Socket], states: States) -> None:
        """Adds states for these sockets. Add larger sets first: subsets of them then cost
        nothing."""
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
        """Lets the loop run after ADDED_PER_TURN states, so that it is blocked for milliseconds
        only."""
        if self._added > ADDED_PER_TURN:
            self._added = 0
            await asyncio.sleep(0)

    def sockets_by_states(self) -> dict[States, list[Socket]]:
        found: dict[States, list[Socket]] = {}
        for socket, states in self.states.items():
            found.setdefault(states, []).append(socket)
        return found


def frame(states: States) -> bytes:
    ids: dict[str | None, list[JsonId]] = {HERE: [], AWAY: [], None: []}
    for user_id, state in sorted(states, key=lambda item: item[0]):
        ids[state].append(users.json_id(user_id))
    frame: dict[str, Any] = {"type": "presence", "here": ids[HERE], "left": ids[None]}
    return encode(frame | ({"away": ids[AWAY]} if ids[AWAY] else {}))
