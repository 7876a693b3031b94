"""What changed in who is here since sockets were last sent it, and who is here now, by room."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from chat.live.connections import Socket
from chat.live.presence_updates import NOTHING, PresenceUpdates, States
from chat.live.shared_rooms import SharedRooms
from presence.socket_leases import AWAY
from presence.socket_tracker import SocketTracker


class PresenceChanges:
    """`people`: by room, those in it who changed. `rooms`: by socket, those it came to see or sees
    no more."""

    def __init__(self, shared_rooms: SharedRooms, present: SocketTracker) -> None:
        self.shared_rooms, self.present = shared_rooms, present
        self.people: defaultdict[int, set[int]] = defaultdict(set)
        self.rooms: defaultdict[Socket, set[int]] = defaultdict(set)
        self.online_states = OnlineStates(shared_rooms, present)

    def for_hello(self, socket: Socket) -> dict[str, list[int]]:
        """`here` and `away` as `hello` has them: those sent to others so far, and oneself; `here`
        are those who are away too. Who came in the last second is sent with the next batch."""
        here, away = self.online_states.in_rooms(socket.member_of)
        me = socket.user.pk
        place = bisect_left(here, me)
        if me not in self.present.hidden and here[place : place + 1] != [me]:
            here = [*here[:place], me, *here[place:]]
        return {"here": here, "away": away}

    def members_changed(
        self, room_id: int, user_ids: Iterable[int], sockets: Iterable[Socket]
    ) -> None:
        """They joined the room or left it, with these sockets: they and those in it are sent each
        other's states."""
        self.online_states.clear()
        for user_id in user_ids:
            if user_id in self.shared_rooms.rooms_of:
                self.people[room_id].add(user_id)
        for socket in sockets:
            self.rooms[socket].add(room_id)

    def room_opened_or_closed(self, socket: Socket, room_id: int) -> None:
        """Which may be one that others are the members of."""
        if room_id not in socket.member_of:
            self.rooms[socket].add(room_id)

    def states_changed(self, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            for room_id in self.shared_rooms.rooms_of.get(user_id, ()):
                self.people[room_id].add(user_id)


class OnlineStates:
    """In a room, or in several, until that changes: many ask for the same."""

    def __init__(self, shared_rooms: SharedRooms, present: SocketTracker) -> None:
        self.shared_rooms, self.present = shared_rooms, present
        self.clear()

    def clear(self) -> None:
        self._updates = PresenceUpdates()
        self._rooms: dict[int, States] = {}
        self._lists: dict[States, tuple[list[int], list[int]]] = {}

    def in_room(self, room_id: int) -> States:
        if room_id not in self._rooms:
            people, reported = (
                self.shared_rooms.people_in.get(room_id, set()),
                self.present.reported,
            )
            self._rooms[room_id] = frozenset((pk, reported[pk]) for pk in people & reported.keys())
        return self._rooms[room_id]

    def in_rooms(self, room_ids: Iterable[int]) -> tuple[list[int], list[int]]:
        """The ids of all, and of those who are away."""
        states = NOTHING
        for more in sorted(map(self.in_room, room_ids), key=len, reverse=True):
            states = self._updates.union(states, more)
        if states not in self._lists:
            people = dict(states)
            away = [user_id for user_id, state in people.items() if state == AWAY]
            self._lists[states] = sorted(people), sorted(away)
        return self._lists[states]
