"""The six functions behave the same on every backend."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

import presence
from tests.redis_settings import configure

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(
    autouse=True,
    params=["memory.MemoryPresence", "database.DatabasePresence", "redis.RedisPresence", "cluster"],
)
def backend(request, settings):
    if request.param == "cluster":
        request.getfixturevalue("on_a_cluster")
    else:
        configure(settings, BACKEND=f"presence.backends.{request.param}")


def at(minutes=0, seconds=0):
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def test_nobody_is_online_at_first(alice):
    assert presence.online_user_ids() == set()
    assert presence.online_count() == 0
    assert presence.is_online([alice.pk]) == set()
    assert presence.last_activity(alice.pk) is None


def test_marked_users_are_online(alice, bob, charlie):
    presence.mark_online(alice.pk)
    presence.mark_many([bob.pk])
    assert presence.online_user_ids() == {alice.pk, bob.pk}
    assert presence.online_count() == 2
    assert presence.is_online([alice.pk, charlie.pk]) == {alice.pk}


async def test_users_marked_asynchronously_are_online(transactional_db, settings):
    alice = await get_user_model().objects.acreate(username="alice")
    await presence.amark_many([alice.pk], NOON)
    assert await sync_to_async(presence.online_user_ids)(NOON) == {alice.pk}


def test_a_user_marked_twice_is_counted_once(alice):
    for minutes in range(4):
        presence.mark_online(alice.pk, at(minutes))
        presence.mark_many([alice.pk, alice.pk], at(minutes, 30))
    assert presence.online_count(at(4)) == 1


def test_the_window_ends_with_the_minute(alice, settings):
    configure(settings, ONLINE_LAST_MINUTES=5)
    presence.mark_online(alice.pk, at(0, 59))
    assert presence.is_online([alice.pk], at(4, 59)) == {alice.pk}
    assert presence.online_count(at(4, 59)) == 1
    assert presence.is_online([alice.pk], at(5)) == set()
    assert presence.online_user_ids(at(5)) == set()
    assert presence.online_count(at(5)) == 0
    assert presence.last_activity(alice.pk, at(5)) is None


def test_the_window_is_a_setting(alice, settings):
    configure(settings, ONLINE_LAST_MINUTES=20)
    presence.mark_online(alice.pk, at(0))
    assert presence.online_count(at(19)) == 1
    configure(settings, ONLINE_LAST_MINUTES=2)
    assert presence.online_count(at(1)) == 1
    assert presence.online_count(at(19)) == 0


def test_last_activity_is_aware_and_to_the_second(alice):
    presence.mark_online(alice.pk, at(0, 7.9))
    assert presence.last_activity(alice.pk, at(3)) == at(0, 7)


def test_last_activity_has_the_precision_of_the_backend(alice):
    presence.mark_online(alice.pk, at(0, 7))
    presence.mark_online(alice.pk, at(0, 48))
    behind = at(0, 48) - presence.last_activity(alice.pk, at(3))
    assert timedelta() <= behind < timedelta(seconds=presence.backend().precision_seconds)


def test_an_older_mark_changes_nothing(alice):
    presence.mark_online(alice.pk, at(3, 20))
    presence.mark_online(alice.pk, at(3, 10))
    presence.mark_online(alice.pk, at(1))
    assert presence.last_activity(alice.pk, at(4)) == at(3, 20)
    assert presence.online_count(at(4)) == 1


def test_last_activities_of_many_users(alice, bob, charlie):
    presence.mark_online(alice.pk, at(0, 1))
    presence.mark_online(bob.pk, at(2, 2))
    everybody = [alice.pk, bob.pk, charlie.pk]
    assert presence.last_activities(everybody, at(3)) == {alice.pk: at(0, 1), bob.pk: at(2, 2)}


def test_empty_lists_of_users():
    presence.mark_many([])
    assert presence.is_online([]) == set()


def test_a_time_may_be_seconds_since_1970(alice):
    presence.mark_online(alice.pk, NOON.timestamp())
    assert presence.last_activity(alice.pk, at(1)) == NOON


def test_a_user_marked_offline_is_online_after_the_next_mark(alice, bob):
    presence.mark_many([alice.pk, bob.pk], at(1, 10))
    presence.mark_offline(alice.pk, at(2))
    presence.mark_offline(bob.pk + 1, at(2))
    assert presence.online_user_ids(at(2)) == {bob.pk}
    assert presence.online_count(at(2)) == 1
    assert presence.last_activity(alice.pk, at(2)) is None
    presence.mark_online(alice.pk, at(3))
    assert presence.online_user_ids(at(3)) == {alice.pk, bob.pk}
