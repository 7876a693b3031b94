"""Collects presence changes since the last update of the sockets, and knows who is online by
room."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from chat import users
from chat.live.connections import Socket
from chat.live.presence_updates import NOTHING, PresenceUpdates, States
from chat.live.shared_rooms import SharedRooms
from chat.users import JsonId
from presence.socket_leases import AWAY
from presence.socket_tracker import SocketTracker


class PresenceChanges:
    """The pending changes. `people` has the changed users of each room id. `rooms` has, for each
    socket, the ids of the rooms that it began or stopped to see."""

    def __init__(self, shared_rooms: SharedRooms, tracker: SocketTracker) -> None:
        self.shared_rooms, self.tracker = shared_rooms, tracker
        self.people: defaultdict[int, set[int]] = defaultdict(set)
        self.rooms: defaultdict[Socket, set[int]] = defaultdict(set)
        self.online_states = OnlineStates(shared_rooms, tracker)

    def for_hello(self, socket: Socket) -> dict[str, list[JsonId]]:
        """Returns `here` and `away` for the `hello` frame. `here` includes the users who are away,
        and this socket's user. Users who arrived in the last second follow with the next update."""
        here, away = self.online_states.in_rooms(socket.member_of)
        own_id = socket.user.pk
        index = bisect_left(here, own_id)
        if own_id not in self.tracker.hidden and here[index : index + 1] != [own_id]:
            here = [*here[:index], own_id, *here[index:]]
        return {"here": list(map(users.json_id, here)), "away": list(map(users.json_id, away))}

    def members_changed(
        self, room_id: int, user_ids: Iterable[int], sockets: Iterable[Socket]
    ) -> None:
        """Records that users joined or left the room with these sockets. They and the members of
        the room are sent each other's states."""
        self.online_states.clear()
        for user_id in user_ids:
            if user_id in self.shared_rooms.rooms_of:
                self.people[room_id].add(user_id)
        for socket in sockets:
            self.rooms[socket].add(room_id)

    def room_opened_or_closed(self, socket: Socket, room_id: int) -> None:
        """Records that a socket opened or closed a room, unless its user is a member."""
        if room_id not in socket.member_of:
            self.rooms[socket].add(room_id)

    def states_changed(self, user_ids: Iterable[int]) -> None:
        for user_id in user_ids:
            for room_id in self.shared_rooms.rooms_of.get(user_id, ()):
                self.people[room_id].add(user_id)


class OnlineStates:
    """Returns who is online in one or several rooms. Results are cached until the next change,
    since many sockets need the same."""

    def __init__(self, shared_rooms: SharedRooms, tracker: SocketTracker) -> None:
        self.shared_rooms, self.tracker = shared_rooms, tracker
        self.clear()

    def clear(self) -> None:
        self._updates = PresenceUpdates()
        self._rooms: dict[int, States] = {}
        self._lists: dict[States, tuple[list[int], list[int]]] = {}

    def in_room(self, room_id: int) -> States:
        if room_id not in self._rooms:
            people = self.shared_rooms.people_in.get(room_id, set())
            reported = self.tracker.reported
            self._rooms[room_id] = frozenset((pk, reported[pk]) for pk in people & reported.keys())
        return self._rooms[room_id]

    def in_rooms(self, room_ids: Iterable[int]) -> tuple[list[int], list[int]]:
        """Returns the ids of all users who are online, and of those who are away."""
        states = NOTHING
        for more in sorted(map(self.in_room, room_ids), key=len, reverse=True):
            states = self._updates.union(states, more)
        if states not in self._lists:
            people = dict(states)
            away = [user_id for user_id, state in people.items() if state == AWAY]
            self._lists[states] = sorted(people), sorted(away)
        return self._lists[states]
