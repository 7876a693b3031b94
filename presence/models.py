from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from presence.batches import batched
from presence.clock import minute

ROWS_PER_QUERY = 500


class LastSeenManager(models.Manager["LastSeen"]):
    def advance(self, times: Mapping[int, datetime]) -> None:
        """Updates the rows of users whose time is later, at most once a minute for each user."""
        for user_ids in batched(times, ROWS_PER_QUERY):
            due = self._due({user_id: times[user_id] for user_id in user_ids})
            self.bulk_create(
                [LastSeen(user_id=user_id, seen_at=seen_at) for user_id, seen_at in due.items()],
                update_conflicts=True,
                unique_fields=["user"],
                update_fields=["seen_at"],
            )

    def since(self, when: datetime) -> models.QuerySet["LastSeen"]:
        return self.filter(seen_at__gte=when)

    def times_of(self, user_ids: Iterable[int]) -> dict[int, datetime]:
        rows = self.filter(user__in=list(user_ids))
        return dict(rows.values_list("user_id", "seen_at"))

    def _due(self, times: dict[int, datetime]) -> dict[int, datetime]:
        known = self.times_of(times)
        later = {
            user_id: seen_at
            for user_id, seen_at in times.items()
            if user_id not in known or minute_of(seen_at) > minute_of(known[user_id])
        }
        missing = later.keys() - known
        return {user_id: later[user_id] for user_id in later.keys() - missing | existing(missing)}


class LastSeen(models.Model):
    """When a user was last active, to the minute. It outlives Redis."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="last_seen"
    )
    seen_at = models.DateTimeField(db_index=True)

    objects = LastSeenManager()

    class Meta:
        verbose_name_plural = "last seen"

    def __str__(self) -> str:
        return f"{self.user} at {self.seen_at:%Y-%m-%d %H:%M}"


class Sample(models.Model):
    """The number of users online: the mean over the `minutes` from `at` on."""

    at = models.DateTimeField(unique=True)
    minutes = models.PositiveSmallIntegerField(default=1)
    people = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.people} at {self.at:%Y-%m-%d %H:%M}"


def minute_of(moment: datetime) -> int:
    return minute(moment.timestamp())


def existing(user_ids: Iterable[int]) -> set[int]:
    """Returns the users that still exist: one may have been deleted after they were marked."""
    if not user_ids:
        return set()
    return set(get_user_model().objects.filter(pk__in=user_ids).values_list("pk", flat=True))
