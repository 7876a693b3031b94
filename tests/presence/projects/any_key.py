"""Users with any primary key: ids come back as the same values, on every backend."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core import checks

import presence
from presence import history
from presence.connection import client as redis_client
from presence.connection import outage
from presence.models import LastSeen
from presence.socket_tracker import AWAY_SECONDS, SocketTracker
from presence.user_status import State, statuses

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BACKENDS = ["memory.MemoryPresence", "database.DatabasePresence", "redis.RedisPresence"]


@pytest.fixture(params=[*BACKENDS, "four shards"])
def backend(request, settings):
    if request.param == "four shards":
        settings.PRESENCE = {**settings.PRESENCE, "SHARDS": 4}
    else:
        settings.PRESENCE = {**settings.PRESENCE, "BACKEND": f"presence.backends.{request.param}"}


def as_text(values):
    """As in JSON, on the way to another process."""
    return json.loads(json.dumps(list(values), default=str))


@pytest.fixture
def ids(people):
    ids = [person.pk for person in people]
    assert {type(user_id) for user_id in ids} == {type(get_user_model()._meta.pk.to_python(ids[0]))}
    return ids


@pytest.mark.usefixtures("backend")
def test_marked_users_come_back(ids):
    presence.mark_many(ids, NOON)
    presence.mark_many(ids[:3], NOON + 2 * MINUTE)
    assert presence.online_user_ids(NOON + 2 * MINUTE) == set(ids)
    assert presence.online_count(NOON + 2 * MINUTE) == len(ids)
    assert presence.is_online(ids[2:4], NOON + 2 * MINUTE) == set(ids[2:4])
    times = presence.last_activities(ids, NOON + 2 * MINUTE)
    assert times == dict.fromkeys(ids, NOON) | dict.fromkeys(ids[:3], NOON + 2 * MINUTE)
    assert presence.last_activity(ids[0], NOON + 2 * MINUTE) == NOON + 2 * MINUTE


@pytest.mark.usefixtures("backend")
def test_users_who_were_not_marked_are_not_online(ids):
    presence.mark_online(ids[0], NOON)
    assert presence.online_user_ids(NOON) == presence.is_online(ids, NOON) == {ids[0]}
    assert presence.last_activities(ids, NOON) == {ids[0]: NOON}
    assert presence.last_activity(ids[1], NOON) is None


@pytest.mark.usefixtures("backend")
def test_the_window_ends(ids):
    presence.mark_many(ids, NOON)
    assert presence.online_count(NOON + 5 * MINUTE) == 0
    assert presence.last_activities(ids, NOON + 5 * MINUTE) == {}


@pytest.mark.usefixtures("backend")
def test_users_are_marked_offline(ids):
    presence.mark_many(ids, NOON)
    for user_id in ids[:4]:
        presence.mark_offline(user_id, NOON + MINUTE)
    assert presence.online_user_ids(NOON + MINUTE) == set(ids[4:])
    assert presence.last_activities(ids[:4], NOON + MINUTE) == {}
    presence.mark_online(ids[0], NOON + MINUTE)
    assert presence.last_activity(ids[0], NOON + MINUTE) == NOON + MINUTE


@pytest.mark.usefixtures("backend")
def test_an_older_mark_changes_nothing(ids):
    presence.mark_many(ids, NOON + 3 * MINUTE)
    presence.mark_many(ids, NOON)
    assert presence.last_activity(ids[0], NOON + 3 * MINUTE) == NOON + 3 * MINUTE
    assert presence.online_count(NOON + 7 * MINUTE) == len(ids)


@pytest.mark.usefixtures("backend")
def test_ids_may_be_text(ids):
    presence.mark_many(map(str, ids) if not isinstance(ids[0], int) else ids, NOON)
    assert presence.online_user_ids(NOON) == set(ids)
    assert presence.is_online(ids, NOON) == set(ids)


def test_the_keys_expire_and_are_gone_for_users_marked_offline(ids):
    presence.mark_many(ids, NOON)
    assert all(300 < redis_client().ttl(key) <= 600 for key in redis_client().scan_iter())
    for user_id in ids:
        presence.mark_offline(user_id, NOON)
    assert redis_client().keys() == []
    assert not outage.refused


def test_open_sockets(ids):
    async def run():
        one, two = SocketTracker("one"), SocketTracker("two")
        for user_id in ids:
            one.opened(user_id, NOON)
        one.used_at[ids[1]] -= AWAY_SECONDS
        announce = (await one.sync(NOON)).announce
        two.merge("one", *map(as_text, (announce.here, announce.left, announce.away)), now=NOON)
        changes = await two.sync(NOON)
        three = SocketTracker("three")  # has no announcement, and reads the lease
        later = await three.sync(NOON + MINUTE)
        one.closed(ids[0], NOON)
        await one.sync(NOON)
        return changes, later

    changes, later = async_to_sync(run)()
    for seen in (changes, later):
        assert set(seen.here) == {*ids} - {ids[1]}
        assert seen.away == [ids[1]]
    assert presence.here_user_ids() == presence.here(ids) == set(ids[1:])
    assert presence.away(ids) == {ids[1]}
    assert statuses(ids, NOON)[ids[1]].state == State.AWAY
    assert presence.online_user_ids(NOON) == set(ids)


@pytest.mark.usefixtures("backend")
def test_history(ids):
    presence.mark_many(ids, NOON)
    history.record(NOON)
    redis_client().flushall()
    presence.load.cache_clear()
    assert history.last_seen(ids, NOON + 60 * MINUTE) == dict.fromkeys(ids, NOON)
    assert history.seen_since(NOON, NOON + 60 * MINUTE) == set(ids)
    assert history.series(NOON) == [(NOON, len(ids))]
    history.record(NOON + 3000 * MINUTE)
    history.record(NOON + 30000 * MINUTE)
    assert [people for _, people in history.series(NOON - MINUTE)] == [len(ids), 0, 0]


@pytest.mark.usefixtures("backend")
def test_deleted_users_are_forgotten(people, ids, django_capture_on_commit_callbacks):
    presence.mark_many(ids)
    history.record()
    with django_capture_on_commit_callbacks(execute=True):
        people[0].delete()
        get_user_model()._default_manager.filter(pk=ids[1]).delete()
    assert presence.online_user_ids() == set(ids[2:])
    assert set(LastSeen.objects.values_list("user_id", flat=True)) == set(ids[2:])
    history.record()
    assert LastSeen.objects.count() == len(ids) - 2


def test_the_page_names_users(client, alice, people, ids):
    presence.mark_many(ids)
    client.force_login(alice)
    html = client.get("/people/online/").text
    assert "<bdi>alice</bdi>" in html
    assert "<bdi>日本語</bdi>" in html
    assert html.count("<li data-person") == len(ids) + 1
    assert presence.is_online([alice.pk]) == {alice.pk}


def test_no_check_reports_anything():
    assert checks.run_checks() == []


@pytest.mark.parametrize("left", ["x", "7.5", ""])
async def test_an_id_of_another_user_model_raises_nothing(left):
    """Such ids are left in Redis when a project gets another user model."""
    if get_user_model()._meta.pk.get_internal_type() in ("CharField", "TextField"):
        return  # every text may be a key
    minute = int(NOON.timestamp()) // 60
    redis_client().sadd(f"online-users/{minute}", left)
    redis_client().sadd("open-sockets/servers", "other")
    redis_client().hset("open-sockets/{other}", left, "here")
    assert presence.online_user_ids(NOON) == set()
    assert await presence.aonline_user_ids(NOON) == set()
    assert presence.here_user_ids() == set()
    await SocketTracker("own").sync()
