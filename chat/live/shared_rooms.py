"""Who shares a room with whom, among the people who are here.

Kept in memory, so that a handshake need not ask for it, and an arrival costs no question for each
socket that hears of it. Of the people of this process it is known from their handshakes, of those
who are here elsewhere from one query for all who are new. Events keep it true, and where they were
lost `recovery` does.
"""

from collections import defaultdict
from collections.abc import Iterable

from chat.live import db_threads
from chat.models import Membership


class SharedRooms:
    def __init__(self) -> None:
        self.rooms_of: dict[int, set[int]] = {}
        self.people_in: defaultdict[int, set[int]] = defaultdict(set)
        self._changes_while_loading: dict[
            int, dict[int, bool]
        ] = {}  # user -> room -> joined, not left

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
        """From the database. What events say meanwhile is newer. Not to be called twice at once."""
        self._changes_while_loading = {user_id: {} for user_id in user_ids}
        recorded = defaultdict(set)
        try:
            for user_id, room_id in await db_threads.fetch_all(memberships, user_ids):
                recorded[user_id].add(room_id)
        finally:
            meanwhile, self._changes_while_loading = self._changes_while_loading, {}
        for user_id, changes in meanwhile.items():
            if user_id not in self.rooms_of:  # as somebody of this process by now
                joined = {room_id for room_id, is_member in changes.items() if is_member}
                self.add_user(user_id, (recorded[user_id] | joined) - (changes.keys() - joined))


def memberships(user_ids: list[int]) -> Iterable[tuple[int, int]]:
    """(user id, room id)"""
    return Membership.objects.filter(user_id__in=user_ids).values_list("user_id", "room_id")
