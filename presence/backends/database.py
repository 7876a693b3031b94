from collections.abc import Iterable
from datetime import datetime

from presence.backends.base import Presence
from presence.clock import moment, window_start
from presence.models import LastSeen
from presence.primary_key import UserId


class DatabasePresence(Presence):
    """Stores the marks in a table, which can be queried for any period:
    `LastSeen.objects.since(when)`."""

    precision_seconds = 60  # a user's row is written at most once a minute

    def mark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        LastSeen.objects.advance(dict.fromkeys(user_ids, moment(int(now))))

    def remove(self, user_id: UserId, now: float) -> None:
        """Sets the user's last activity to before the window; the table keeps that they were
        here."""
        before = moment(window_start(now) - 1)
        self._online(now).filter(user=user_id).update(seen_at=before)

    def online_user_ids(self, now: float) -> set[UserId]:
        return set(self._online(now).values_list("user_id", flat=True))

    def online_count(self, now: float) -> int:
        return self._online(now).count()

    def last_activities(self, user_ids: Iterable[UserId], now: float) -> dict[UserId, datetime]:
        return self._online(now).times_of(user_ids)

    def _online(self, now: float):
        return LastSeen.objects.since(moment(window_start(now)))
