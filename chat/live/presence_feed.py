"""Sends arrivals and departures about once a second to the sockets of users who share a room.

A socket that has a public room open is sent the same as the room's members. To keep 5,000
simultaneous arrivals cheap, changes are computed for each room instead of each user, and each
distinct frame is encoded once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable

from django.db import DatabaseError

from chat.live.connections import Socket
from chat.live.presence_updates import PresenceUpdates, States, frame
from chat.live.registry import Registry
from presence.socket_tracker import Diff

LOADING_SECONDS = 0.5  # results that take longer are sent with a later update

logger = logging.getLogger(__name__)


class PresenceFeed:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.shared_rooms, self.tracker = registry.shared_rooms, registry.tracker
        self.changes = registry.presence_changes
        self.unloaded: set[int] = set()  # ids of online users whose rooms are not read yet
        self.loading: asyncio.Task[None] | None = None
        self.left: set[int] = set()

    async def publish(self, diff: Diff) -> None:
        self.changes.online_states.clear()
        self.left = set(diff.left)
        here = {*diff.here, *diff.away}
        self.unloaded |= here - self.shared_rooms.rooms_of.keys()
        self.unloaded -= self.left
        await self._load()
        self.changes.states_changed(here | self.left)
        await self._send()
        self.changes.online_states.clear()
        for user_id in self.left:
            self.registry.forget_user_if_gone(user_id)

    async def _load(self) -> None:
        """Reads the rooms of new users, and waits for at most LOADING_SECONDS, so that a slow
        database does not delay the other work of the hub."""
        if self.unloaded and (self.loading is None or self.loading.done()):
            self.loading = self.registry.tasks.spawn(self._load_rooms())
        if self.loading is not None:
            await asyncio.wait([self.loading], timeout=LOADING_SECONDS)

    async def _load_rooms(self) -> None:
        user_ids = list(self.unloaded)
        try:
            await self.shared_rooms.load(user_ids)
        except DatabaseError as error:
            logger.warning("The rooms of %d users will be read again: %s", len(user_ids), error)
            return
        self.unloaded.difference_update(user_ids)
        self.changes.states_changed(user_ids)
        for user_id in user_ids:
            self.registry.forget_user_if_gone(user_id)

    async def _send(self) -> None:
        """Sends the changes. If there are many, it takes several turns of the loop."""
        people, self.changes.people = self.changes.people, defaultdict(set)
        rooms, self.changes.rooms = self.changes.rooms, defaultdict(set)
        updates = PresenceUpdates()
        for room_id in sorted(people, key=lambda room_id: -len(people[room_id])):
            self._add_room(updates, room_id, people[room_id])
            await updates.pause_if_long()
        for socket in rooms.keys() & self.registry.sockets:
            for room_id in rooms[socket]:
                updates.add([socket], self._states_in(socket, room_id))
            await updates.pause_if_long()
        for states, sockets in updates.sockets_by_states().items():
            self.registry.write_queue.put([frame(states)], sockets)

    def _add_room(self, updates: PresenceUpdates, room_id: int, changed: set[int]) -> None:
        if (feed := self.registry.feeds.get(room_id)) is None:
            return
        people = self.shared_rooms.people_in.get(room_id, set())
        sockets = feed.members | feed.open | feed.caught_up
        updates.add(sockets, self._states(changed & people))
        if gone := changed - people:
            for socket in sockets:
                updates.add([socket], self._states_out_of_sight(socket, gone))

    def _states_in(self, socket: Socket, room_id: int) -> States:
        if room_id in socket.member_of or room_id in socket.open_rooms:
            return self.changes.online_states.in_room(room_id)
        return self._states_out_of_sight(socket, self.shared_rooms.people_in.get(room_id, set()))

    def _states(self, user_ids: Iterable[int]) -> States:
        reported = self.tracker.reported
        return frozenset((user_id, reported.get(user_id)) for user_id in self._shown(user_ids))

    def _states_out_of_sight(self, socket: Socket, user_ids: Iterable[int]) -> States:
        """Returns the users who no longer share a room with the socket, with the state None."""
        rooms = socket.member_of | socket.open_rooms
        rooms_of = self.shared_rooms.rooms_of
        return frozenset(
            (user_id, None)
            for user_id in self._shown(user_ids)
            if user_id != socket.user.pk and rooms.isdisjoint(rooms_of.get(user_id, ()))
        )

    def _shown(self, user_ids: Iterable[int]) -> list[int]:
        """Returns those whose state was announced. Users who appear offline were never announced,
        so their departure is not announced either."""
        reported = self.tracker.reported
        return [user_id for user_id in user_ids if user_id in reported or user_id in self.left]
