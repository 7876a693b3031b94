"""The table that outlives Redis, and the number of users online over time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import presence
from presence import history
from presence.connection import client
from presence.models import LastSeen, Sample
from tests.redis_settings import configure

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def writes(call):
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]


@pytest.fixture
def table_only(settings):
    configure(settings, BACKEND="presence.backends.database.DatabasePresence")


def test_last_seen_outlives_redis(alice, bob, charlie):
    presence.mark_online(alice.pk, NOON)
    presence.mark_online(bob.pk, NOON - 2 * MINUTE)
    history.write_last_seen(NOON)
    client().flushall()
    everybody = [alice.pk, bob.pk, charlie.pk]
    assert history.last_seen(everybody, NOON) == {alice.pk: NOON, bob.pk: NOON - 2 * MINUTE}


def test_last_seen_is_from_redis_while_it_is_later(alice):
    presence.mark_online(alice.pk, NOON)
    history.write_last_seen(NOON)
    presence.mark_online(alice.pk, NOON + 30 * MINUTE)
    assert history.last_seen([alice.pk], NOON + 30 * MINUTE) == {alice.pk: NOON + 30 * MINUTE}


def test_seen_since_any_time(alice, bob, charlie):
    for person, age in ((alice, 4 * DAY), (bob, 2 * DAY), (charlie, 2 * MINUTE)):
        presence.mark_online(person.pk, NOON - age)
        history.write_last_seen(NOON - age)
    assert history.seen_since(NOON - 5 * MINUTE, NOON) == {charlie.pk}
    assert history.seen_since(NOON - 3 * DAY, NOON) == {bob.pk, charlie.pk}
    client().flushall()
    assert history.seen_since(NOON - 3 * DAY, NOON) == {bob.pk, charlie.pk}
    assert history.seen_since(NOON - 7 * DAY, NOON) == {alice.pk, bob.pk, charlie.pk}


def test_seen_since_counts_users_who_are_not_in_the_table_yet(alice):
    presence.mark_online(alice.pk, NOON)
    assert history.seen_since(NOON - MINUTE, NOON) == {alice.pk}


def test_many_users_are_written_in_few_statements(django_user_model):
    users = django_user_model.objects.bulk_create(
        django_user_model(username=f"person{number}") for number in range(700)
    )
    ids = [user.pk for user in users]
    presence.mark_many(ids, NOON)
    assert len(writes(lambda: history.write_last_seen(NOON))) <= 4
    assert LastSeen.objects.count() == 700
    assert writes(lambda: history.write_last_seen(NOON)) == []


def test_a_deleted_user_is_not_written(alice, bob):
    presence.mark_many([alice.pk, bob.pk], NOON)
    alice.delete()
    history.write_last_seen(NOON)
    assert history.last_seen([bob.pk], NOON + HOUR) == {bob.pk: NOON}
    assert LastSeen.objects.count() == 1


@pytest.mark.usefixtures("table_only")
def test_the_table_is_written_once_a_minute(alice):
    assert len(writes(lambda: presence.mark_online(alice.pk, NOON))) == 1
    assert writes(lambda: presence.mark_online(alice.pk, NOON + timedelta(seconds=59))) == []
    assert len(writes(lambda: presence.mark_online(alice.pk, NOON + MINUTE))) == 1


@pytest.mark.usefixtures("table_only")
def test_the_table_ignores_unknown_users(db):
    presence.mark_online(12345, NOON)
    assert presence.online_count(NOON) == 0


def sample(people, at):
    Sample.objects.create(at=at, people=people)


def test_each_minute_has_one_sample(alice, bob):
    presence.mark_many([alice.pk, bob.pk], NOON)
    history.sample(NOON + timedelta(seconds=20))
    history.sample(NOON + timedelta(seconds=40))
    history.sample(NOON + 30 * MINUTE)
    assert history.series(NOON - DAY) == [(NOON, 2), (NOON + 30 * MINUTE, 0)]


def test_the_series_begins_at_the_given_time(db):
    sample(1, NOON - HOUR)
    sample(2, NOON)
    assert history.series(NOON) == [(NOON, 2)]


def test_samples_of_yesterday_are_merged_to_ten_minutes(db):
    start = NOON - DAY - HOUR
    for minute in range(20):
        sample(10 if minute < 10 else minute, start + minute * MINUTE)
    history.sample(NOON)
    assert history.series(start) == [(start, 10), (start + 10 * MINUTE, 14), (NOON, 0)]


def test_samples_of_the_last_day_are_not_merged(db):
    for minute in range(20):
        sample(minute, NOON - DAY + minute * MINUTE)
    history.sample(NOON)
    assert len(history.series(NOON - DAY)) == 21


def test_a_part_of_ten_minutes_is_not_merged_too_early(db):
    for minute in range(10):
        sample(3, NOON + minute * MINUTE)
    history.sample(NOON + DAY + 9 * MINUTE)
    assert Sample.objects.filter(at__lt=NOON + HOUR).count() == 10
    history.sample(NOON + DAY + 10 * MINUTE)
    assert Sample.objects.filter(at__lt=NOON + HOUR).count() == 1


def test_samples_of_last_week_are_merged_to_hours(db):
    start = NOON - 9 * DAY
    for minute in range(0, 120, 10):
        Sample.objects.create(at=start + minute * MINUTE, minutes=10, people=minute // 60 * 8)
    history.sample(NOON)
    assert history.series(start) == [(start, 0), (start + HOUR, 8), (NOON, 0)]
    assert set(Sample.objects.filter(at__lt=NOON).values_list("minutes", flat=True)) == {60}


def test_one_call_after_a_long_pause_thins_everything(db):
    start = NOON - 20 * DAY
    for minute in range(60):
        sample(6, start + minute * MINUTE)
    history.sample(NOON)
    assert history.series(start) == [(start, 6), (NOON, 0)]


def test_samples_are_kept_for_a_year(db):
    for age in (364 * DAY, 366 * DAY + HOUR):
        Sample.objects.create(at=NOON - age, minutes=60, people=1)
    history.sample(NOON)
    assert [at for at, _ in history.series(NOON - 800 * DAY)] == [NOON - 364 * DAY, NOON]
