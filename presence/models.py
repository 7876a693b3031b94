from collections.abc import Iterable, Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from presence.batches import batched
from presence.clock import minute
from presence.primary_key import UserId

ROWS_PER_QUERY = 500


class LastSeenQuerySet(models.QuerySet["LastSeen"]):
    def advance(self, times: Mapping[UserId, datetime]) -> None:
        """Updates the rows of users whose time is later, at most once a minute for each user."""
        for user_ids in batched(times, ROWS_PER_QUERY):
            due = self._due({user_id: times[user_id] for user_id in user_ids})
            self.bulk_create(
                [self.model(user_id=user_id, seen_at=seen_at) for user_id, seen_at in due.items()],
                update_conflicts=True,
                unique_fields=["user"],
                update_fields=["seen_at"],
            )

    def since(self, when: datetime) -> models.QuerySet["LastSeen"]:
        return self.filter(seen_at__gte=when)

    def times_of(self, user_ids: Iterable[UserId]) -> dict[UserId, datetime]:
        times: dict[UserId, datetime] = {}
        for ids in batched(user_ids, ROWS_PER_QUERY):
            times |= self.filter(user__in=ids).values_list("user_id", "seen_at")
        return times

    def set_online(self, user_ids: Iterable[UserId], is_online: bool) -> list[UserId]:
        """Returns the users whose rows this call changed: another process may do the same."""
        changed: list[UserId] = []
        for ids in batched(user_ids, ROWS_PER_QUERY):
            rows = self.filter(user__in=ids, is_online=not is_online)
            with transaction.atomic(using=self.db):
                found = list(rows.select_for_update().values_list("user_id", flat=True))
                self.filter(user__in=found).update(is_online=is_online)
            changed += found
        return changed

    def _due(self, times: dict[UserId, datetime]) -> dict[UserId, datetime]:
        known = self.using(router.db_for_write(LastSeen)).times_of(times)
        later = {
            user_id: seen_at
            for user_id, seen_at in times.items()
            if user_id not in known or minute_of(seen_at) > minute_of(known[user_id])
        }
        missing = later.keys() - known
        return {user_id: later[user_id] for user_id in later.keys() - missing | existing(missing)}


class LastSeen(models.Model):
    """When a user was last active, to the minute. It outlives Redis.

    The users may be in another database, so there is no constraint, and no query joins the tables.
    presence/deletion.py deletes the rows of deleted users.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    seen_at = models.DateTimeField(_("seen at"), db_index=True)
    # As of the last call of history.record, which sends signals for the changes.
    is_online = models.BooleanField(default=False, db_index=True, editable=False)

    objects = LastSeenQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("name of the model", "last seen")
        verbose_name_plural = pgettext_lazy("name of the model", "last seen")

    def __str__(self) -> str:
        return f"{self.user_id}, {self.seen_at:%Y-%m-%d %H:%M}"


class Sample(models.Model):
    """The number of users online: the mean over the `minutes` from `at` on."""

    at = models.DateTimeField(pgettext_lazy("start of a period", "at"), unique=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=1)
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, {self.people}"


def minute_of(moment: datetime) -> int:
    return minute(moment.timestamp())


def existing(user_ids: Iterable[UserId]) -> set[UserId]:
    """Returns the users that still exist: one may have been deleted after they were marked."""
    if not user_ids:
        return set()
    users = get_user_model()._base_manager
    return set(users.filter(pk__in=user_ids).values_list("pk", flat=True))
