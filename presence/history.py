"""Stores when users were last seen, and how many were online. Call `record` once a minute, in a
periodic task or by `manage.py record_presence`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from statistics import fmean

from asgiref.sync import sync_to_async
from django.db import router, transaction
from django.db.models import QuerySet

import presence
from presence.batches import batched
from presence.clock import Moment, minute, moment, seconds
from presence.models import ROWS_PER_QUERY, LastSeen, Sample
from presence.primary_key import UserId, normalize
from presence.signals import user_came_online, user_went_offline

# (minutes of a sample, minutes of the merged sample, age at which it is merged)
THINNING = [(1, 10, timedelta(days=1)), (10, 60, timedelta(days=8))]
Point = tuple[datetime, int]

KEPT = timedelta(days=366)


def last_seen(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, datetime]:
    """Returns {user id: time of the last activity}, however long ago."""
    user_ids = list(normalize(user_ids))
    return LastSeen.objects.times_of(user_ids) | presence.last_activities(user_ids, now)


async def alast_seen(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, datetime]:
    return await sync_to_async(last_seen)(user_ids, now)


def seen_since(when: datetime, now: Moment = None) -> set[UserId]:
    """Returns the users who were active since `when`, which may be minutes or years ago."""
    online = presence.last_activities(presence.online_user_ids(now), now)
    recently = {user_id for user_id, seen_at in online.items() if seen_at >= when}
    return recently.union(LastSeen.objects.since(when).values_list("user_id", flat=True))


async def aseen_since(when: datetime, now: Moment = None) -> set[UserId]:
    return await sync_to_async(seen_since)(when, now)


def record(now: Moment = None) -> None:
    """Does all periodic work, and sends the signals of users who came online or went offline since
    the last call."""
    write_last_seen(now)
    send_changes(now)
    sample(now)


def write_last_seen(now: Moment = None) -> None:
    """Copies the times of the users who are online to the table, which outlives Redis."""
    for user_ids in batched(presence.online_user_ids(now), ROWS_PER_QUERY):
        LastSeen.objects.advance(presence.last_activities(user_ids, now))


def send_changes(now: Moment = None) -> None:
    online = presence.online_user_ids(now)
    if not presence.backend().is_available():
        return
    rows = LastSeen.objects.using(router.db_for_write(LastSeen))
    before = set(rows.filter(is_online=True).values_list("user_id", flat=True))
    for user_id in rows.set_online(online - before, True):
        user_came_online.send_robust(LastSeen, user_id=user_id)
    for user_id in rows.set_online(before - online, False):
        user_went_offline.send_robust(LastSeen, user_id=user_id)


def sample(now: Moment = None) -> None:
    """Records the number of users online, once per minute however often it is called."""
    at = moment(minute(seconds(now)) * 60)
    people = presence.online_count(now)
    if presence.backend().is_available():
        Sample.objects.get_or_create(at=at, defaults={"people": people})
    thin(at)


def series(since: datetime) -> list[Point]:
    """Returns (start, users online) of each sample of 1, 10 or 60 minutes, in order of time."""
    return list(Sample.objects.filter(at__gte=since).order_by("at").values_list("at", "people"))


def thin(now: datetime) -> None:
    for fine, coarse, age in THINNING:
        merge(samples().filter(minutes=fine, at__lt=floor(now - age, coarse)), coarse)
    samples().filter(at__lt=now - KEPT).delete()


def samples() -> QuerySet[Sample]:
    """Returns the samples in the database that is written to, not in a replica of it."""
    return Sample.objects.using(router.db_for_write(Sample))


def merge(fine: QuerySet[Sample], minutes: int) -> None:
    """Replaces the samples by their means over the given number of minutes."""
    for start, group in groupby(fine.order_by("at"), lambda sample: floor(sample.at, minutes)):
        merged = list(group)
        people = round(fmean(sample.people for sample in merged))
        with transaction.atomic(using=fine.db):
            samples().filter(pk__in=[sample.pk for sample in merged]).delete()
            samples().update_or_create(at=start, defaults={"minutes": minutes, "people": people})


def floor(at: datetime, minutes: int) -> datetime:
    return moment(at.timestamp() // (minutes * 60) * minutes * 60)
