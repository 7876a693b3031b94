"""Knows which online users share which rooms.

It is in memory, so that neither a handshake nor an arrival needs a query. The rooms of this
process's users come from their handshakes, those of users elsewhere from one query for all new
users. Events keep it up to date, and `recovery` does so after events were lost.
"""

from collections import defaultdict
from collections.abc import Iterable

from chat.live import db_threads
from chat.models import Membership


class SharedRooms:
    def __init__(self) -> None:
        self.rooms_of: dict[int, set[int]] = {}
        self.people_in: defaultdict[int, set[int]] = defaultdict(set)
        # {user id: {room id: True if the user joined it, False if they left it}}
        self._changes_while_loading: dict[int, dict[int, bool]] = {}

    def add_user(self, user_id: int, room_ids: Iterable[int]) -> None:
        self.rooms_of[user_id] = set(room_ids)
        for room_id in room_ids:
            self.people_in[room_id].add(user_id)

    def remove_user(self, user_id: int) -> None:
        for room_id in self.rooms_of.pop(user_id, ()):
            self._remove_from_room(user_id, room_id)

    def join(self, user_id: int, room_id: int) -> None:
        if user_id in self.rooms_of:
            self.rooms_of[user_id].add(room_id)
            self.people_in[room_id].add(user_id)
        elif user_id in self._changes_while_loading:
            self._changes_while_loading[user_id][room_id] = True

    def leave(self, user_id: int, room_id: int) -> None:
        if user_id in self.rooms_of:
            self.rooms_of[user_id].discard(room_id)
            self._remove_from_room(user_id, room_id)
        elif user_id in self._changes_while_loading:
            self._changes_while_loading[user_id][room_id] = False

    def _remove_from_room(self, user_id: int, room_id: int) -> None:
        self.people_in[room_id].discard(user_id)
        if not self.people_in[room_id]:
            del self.people_in[room_id]

    async def load(self, user_ids: list[int]) -> None:
        """Loads the rooms of these users from the database. Events that arrive in the meantime are
        newer. Do not call it again before it returns."""
        self._changes_while_loading = {user_id: {} for user_id in user_ids}
        recorded = defaultdict(set)
        try:
            for user_id, room_id in await db_threads.fetch_all(memberships, user_ids):
                recorded[user_id].add(room_id)
        finally:
            newer, self._changes_while_loading = self._changes_while_loading, {}
        for user_id, changes in newer.items():
            if user_id not in self.rooms_of:  # not added by a handshake in the meantime
                joined = {room_id for room_id, is_member in changes.items() if is_member}
                self.add_user(user_id, (recorded[user_id] | joined) - (changes.keys() - joined))


def memberships(user_ids: list[int]) -> Iterable[tuple[int, int]]:
    """Returns pairs of user id and room id."""
    return Membership.objects.filter(user_id__in=user_ids).values_list("user_id", "room_id")
