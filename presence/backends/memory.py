from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from presence.backends.base import Presence
from presence.clock import minute, moment, window, window_start
from presence.primary_key import UserId


class MemoryPresence(Presence):
    """Stores the marks in this process, while it runs."""

    def __init__(self) -> None:
        self.seen: dict[UserId, int] = {}  # user id -> second since 1970
        self.lock = Lock()
        self.swept = 0  # the minute of the last sweep

    def mark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        with self.lock:
            for user_id in user_ids:
                self.seen[user_id] = max(int(now), self.seen.get(user_id, 0))
            self._sweep(now)

    async def amark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        self.mark_many(user_ids, now)

    def remove(self, user_id: UserId, now: float) -> None:
        with self.lock:
            self.seen.pop(user_id, None)

    async def aremove(self, user_id: UserId, now: float) -> None:
        self.remove(user_id, now)

    def online_user_ids(self, now: float) -> set[UserId]:
        since = window_start(now)
        with self.lock:
            return {user_id for user_id, second in self.seen.items() if second >= since}

    async def aonline_user_ids(self, now: float) -> set[UserId]:
        return self.online_user_ids(now)

    def online_count(self, now: float) -> int:
        return len(self.online_user_ids(now))

    async def aonline_count(self, now: float) -> int:
        return self.online_count(now)

    def last_activities(self, user_ids: Iterable[UserId], now: float) -> dict[UserId, datetime]:
        since = window_start(now)
        with self.lock:
            seen = {user_id: self.seen[user_id] for user_id in user_ids if user_id in self.seen}
        return {user_id: moment(second) for user_id, second in seen.items() if second >= since}

    async def alast_activities(
        self, user_ids: Iterable[UserId], now: float
    ) -> dict[UserId, datetime]:
        return self.last_activities(user_ids, now)

    def _sweep(self, now: float) -> None:
        if minute(now) <= self.swept:
            return
        self.swept = minute(now)
        since = window_start(now) - window() * 60  # a clock may go back
        self.seen = {user_id: second for user_id, second in self.seen.items() if second >= since}
