"""The async functions return the same as the others, on every backend."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

import presence
from presence import history, user_status
from presence.connection import client, outage
from presence.socket_tracker import AWAY_SECONDS, SocketTracker
from presence.user_status import State
from tests.redis_settings import configure

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2)
BACKENDS = ["memory.MemoryPresence", "database.DatabasePresence", "redis.RedisPresence"]


@pytest.fixture(params=[*BACKENDS, "shards", "cluster"])
def backend(request, settings):
    if request.param == "cluster":
        request.getfixturevalue("on_a_cluster")
    elif request.param == "shards":
        configure(settings, SHARDS=4)
    else:
        configure(settings, BACKEND=f"presence.backends.{request.param}")


@pytest.fixture
def ids(transactional_db):
    people = [get_user_model().objects.create(username=f"person{number}") for number in range(9)]
    return [person.pk for person in people]


@pytest.mark.usefixtures("backend")
async def test_marks_are_read(ids):
    await presence.amark_online(ids[0], LATER)
    await presence.amark_many(ids[1:6], NOON)
    assert await presence.aonline_user_ids(LATER) == set(ids[:6])
    assert await presence.aonline_count(LATER) == 6
    assert await presence.ais_online(ids[4:], LATER) == set(ids[4:6])
    assert await presence.alast_activity(ids[0], LATER) == LATER
    assert await presence.alast_activity(ids[8], LATER) is None
    assert await presence.alast_activities([ids[0], ids[1], ids[8]], LATER) == {
        ids[0]: LATER,
        ids[1]: NOON,
    }


@pytest.mark.usefixtures("backend")
async def test_both_forms_agree(ids):
    await sync_to_async(presence.mark_many)(ids[:4], NOON)
    await presence.amark_offline(ids[0], NOON)
    for name, *arguments in (
        ("online_user_ids", NOON),
        ("online_count", NOON),
        ("is_online", ids, NOON),
        ("last_activity", ids[1], NOON),
        ("last_activities", ids, NOON),
    ):
        expected = await sync_to_async(getattr(presence, name))(*arguments)
        assert await getattr(presence, f"a{name}")(*arguments) == expected
        assert expected
    assert await presence.aonline_user_ids(NOON) == set(ids[1:4])


@pytest.mark.usefixtures("backend")
async def test_nobody_is_online_at_first(ids):
    assert await presence.aonline_user_ids() == set()
    assert await presence.aonline_count() == 0
    assert await presence.ais_online(ids) == await presence.ais_online([]) == set()
    assert await presence.alast_activities([]) == {}


@pytest.mark.parametrize("on", ["redis", "cluster"])
async def test_open_sockets(on, request, ids):
    if on == "cluster":
        request.getfixturevalue("on_a_cluster")
    for name, user_ids in (("one", ids[:3]), ("two", ids[2:5])):
        tracker = SocketTracker(name)
        for user_id in user_ids:
            tracker.opened(user_id, NOON)
        tracker.used_at[user_ids[0]] -= AWAY_SECONDS
        await tracker.sync(NOON)
    assert await presence.ahere(ids) == await presence.ahere_user_ids() == set(ids[:5])
    assert await presence.ahere([ids[8]]) == await presence.ahere([]) == set()
    assert await presence.aaway(ids) == {ids[0]}
    known = await user_status.astatuses(ids, NOON)
    assert [known[user_id].state for user_id in (ids[0], ids[1], ids[8])] == [
        State.AWAY,
        State.HERE,
        State.OFF,
    ]


async def test_history(ids):
    await presence.amark_many(ids[:2], NOON)
    await sync_to_async(history.record)(NOON)
    week = NOON + timedelta(days=7)
    assert await history.alast_seen(ids, week) == dict.fromkeys(ids[:2], NOON)
    assert await history.aseen_since(NOON, week) == set(ids[:2])


async def test_scripts_that_redis_forgot_are_sent_again(settings):
    for shards in (1, 4):
        configure(settings, SHARDS=shards)
        await presence.amark_many([1, 2, 3], NOON)
        client().script_flush()
        assert await presence.aonline_count(NOON) == 3
        client().script_flush()
        assert await presence.ais_online([1, 2, 9], NOON) == {1, 2}
        client().script_flush()
        assert len(await presence.alast_activities([1, 2, 9], NOON)) == 2
    assert not outage.refused


async def test_nobody_is_online_while_redis_is_away(other_redis):
    other_redis.kill()
    outage.retry_at = 0
    assert await presence.aonline_user_ids() == set()
    assert await presence.aonline_count() == 0
    assert await presence.ais_online([1]) == await presence.ahere([1]) == set()
    assert await presence.alast_activities([1]) == {}
    assert await presence.ahere_user_ids() == await presence.aaway([1]) == set()
    await presence.amark_offline(1)
    assert outage.is_on
