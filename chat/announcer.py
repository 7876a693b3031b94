"""Who came and who left, told about once a second to the sockets of those who share a room or a
conversation with them. A socket that reads along in a public room is told as its members are.

So that 5,000 people who come back at once cost little, what differs is worked out for each room and
not for each person, and each different frame is made once.
"""

import asyncio
import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import DatabaseError

from chat.news import NOTHING, News, Views, frame
from chat.sockets import Socket
from presence.leases import AWAY
from presence.sockets import Diff

if TYPE_CHECKING:
    from chat.hub import Hub

LOADING_SECONDS = 0.5  # what the database has not answered by then is told later

logger = logging.getLogger(__name__)


class Announcer:
    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.unknown: set[int] = set()  # here, and their rooms not read yet
        self.loading: asyncio.Task[None] | None = None
        self.moved: defaultdict[int, set[int]] = defaultdict(set)  # by room: who is told of
        self.turned: defaultdict[Socket, set[int]] = defaultdict(set)  # to or from these rooms
        self.left: set[int] = set()
        self.whole = Whole(hub)

    def circle(self, socket: Socket) -> dict[str, list[int]]:
        """As `hello` has it: those told of so far, and oneself; `here` are those who are away too.
        Who came in the last second is told of with the next batch."""
        here, away = self.whole.of_rooms(socket.member_of)
        me = socket.user.pk
        place = bisect_left(here, me)
        if me not in self.hub.present.hidden and here[place : place + 1] != [me]:
            here = [*here[:place], me, *here[place:]]
        return {"here": here, "away": away}

    def regroup(self, room_id: int, user_ids: Iterable[int]) -> None:
        """They joined the room or left it: they and those in it tell each other how they are."""
        self.whole.clear()
        for user_id in user_ids:
            if user_id in self.hub.circles.rooms_of:
                self.moved[room_id].add(user_id)
        for socket in self.hub.of_users(user_ids):
            self.turned[socket].add(room_id)

    def look(self, socket: Socket, room_id: int) -> None:
        """It opens or closes a room, which may be one of others."""
        if room_id not in socket.member_of:
            self.turned[socket].add(room_id)

    def forget_if_gone(self, user_id: int) -> None:
        if user_id not in self.hub.present.told and ("user", user_id) not in self.hub.sockets_of:
            self.hub.circles.forget(user_id)

    async def tell(self, changes: Diff) -> None:
        self.whole.clear()
        self.left = set(changes.left)
        here = {*changes.here, *changes.away}
        self.unknown |= here - self.hub.circles.rooms_of.keys()
        self.unknown -= self.left
        await self._load()
        self._move(here | self.left)
        await self._put()
        self.whole.clear()
        for user_id in self.left:
            self.forget_if_gone(user_id)

    async def _load(self) -> None:
        """Not waiting long: what else is done every second must not wait for the database."""
        if self.unknown and (self.loading is None or self.loading.done()):
            self.loading = self.hub.spawn(self._load_unknown())
        if self.loading is not None:
            await asyncio.wait([self.loading], timeout=LOADING_SECONDS)

    async def _load_unknown(self) -> None:
        user_ids = list(self.unknown)
        try:
            await self.hub.circles.load(user_ids)
        except DatabaseError as error:
            logger.warning("The rooms of %d people are read again: %s", len(user_ids), error)
            return
        self.unknown.difference_update(user_ids)
        self._move(user_ids)
        for user_id in user_ids:
            self.forget_if_gone(user_id)

    def _move(self, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            for room_id in self.hub.circles.rooms_of.get(user_id, ()):
                self.moved[room_id].add(user_id)

    async def _put(self) -> None:
        """In several turns of the loop where it is much."""
        moved, self.moved = self.moved, defaultdict(set)
        turned, self.turned = self.turned, defaultdict(set)
        views = Views()
        for room_id in sorted(moved, key=lambda room_id: -len(moved[room_id])):
            self._see_room(views, room_id, moved[room_id])
            await views.breathe()
        for socket in turned.keys() & self.hub.sockets:
            for room_id in turned[socket]:
                views.add([socket], self._turn(socket, room_id))
            await views.breathe()
        for news, sockets in views.sockets().items():
            self.hub.outbox.put([frame(news)], sockets)

    def _see_room(self, views: Views, room_id: int, moved: set[int]) -> None:
        if (view := self.hub.rooms.get(room_id)) is None:
            return
        people = self.hub.circles.people_in.get(room_id, set())
        sockets = view.members | view.open | view.told
        views.add(sockets, self._states(moved & people))
        if gone := moved - people:
            for socket in sockets:
                views.add([socket], self._out_of_sight(socket, gone))

    def _turn(self, socket: Socket, room_id: int) -> News:
        if room_id in socket.member_of or room_id in socket.rooms:
            return self.whole.of_room(room_id)
        return self._out_of_sight(socket, self.hub.circles.people_in.get(room_id, set()))

    def _states(self, user_ids: Iterable[int]) -> News:
        return frozenset(
            (user_id, self.hub.present.told.get(user_id)) for user_id in self._shown(user_ids)
        )

    def _out_of_sight(self, socket: Socket, user_ids: Iterable[int]) -> News:
        """Those whom the socket shares no room with any more."""
        rooms = socket.member_of | socket.rooms
        rooms_of = self.hub.circles.rooms_of
        return frozenset(
            (user_id, None)
            for user_id in self._shown(user_ids)
            if user_id != socket.user.pk and rooms.isdisjoint(rooms_of.get(user_id, ()))
        )

    def _shown(self, user_ids: Iterable[int]) -> list[int]:
        """Whoever was here to nobody, such as those who appear offline, does not leave either."""
        told = self.hub.present.told
        return [user_id for user_id in user_ids if user_id in told or user_id in self.left]


class Whole:
    """Everybody who is here in a room, or in several, until that changes: many ask for the same."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.clear()

    def clear(self) -> None:
        self._views = Views()
        self._rooms: dict[int, News] = {}
        self._lists: dict[News, tuple[list[int], list[int]]] = {}

    def of_room(self, room_id: int) -> News:
        hub = self.hub
        if room_id not in self._rooms:
            people, told = hub.circles.people_in.get(room_id, set()), hub.present.told
            self._rooms[room_id] = frozenset((pk, told[pk]) for pk in people & told.keys())
        return self._rooms[room_id]

    def of_rooms(self, room_ids: Iterable[int]) -> tuple[list[int], list[int]]:
        """The ids of all, and of those who are away."""
        news = NOTHING
        for more in sorted(map(self.of_room, room_ids), key=len, reverse=True):
            news = self._views.sum(news, more)
        if news not in self._lists:
            people = dict(news)
            away = [user_id for user_id, state in people.items() if state == AWAY]
            self._lists[news] = sorted(people), sorted(away)
        return self._lists[news]
