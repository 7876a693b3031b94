"""Properties of the Redis backend: one set per user, no key that grows forever, shards."""

import threading

import pytest
from redis.crc import key_slot

import presence
from presence.backends.redis import pages
from presence.connection import client
from tests.redis_settings import configure

MINUTE = 30_000_000
NOON = MINUTE * 60


@pytest.fixture(params=[1, 4])
def shards(request, settings):
    configure(settings, SHARDS=request.param)


def online_users():
    """Returns {minute: user ids} of all shards."""
    sets = {}
    for key in client().scan_iter("online-users/*"):
        sets.setdefault(int(key.rpartition("/")[2]) - MINUTE, set()).update(client().smembers(key))
    return sets


def test_the_keys_are_sets_of_users_and_hashes_of_a_hundred_users():
    presence.mark_many([1234, 1299, 1300], NOON + 7)
    online_users, *activity = sorted(client().keys())
    assert online_users == f"online-users/{MINUTE}"
    assert activity == ["user-activity/12", "user-activity/13"]
    assert client().smembers(online_users) == {"1234", "1299", "1300"}
    assert client().hgetall("user-activity/12") == {"1234": str(NOON + 7), "1299": str(NOON + 7)}
    assert client().hgetall("user-activity/13") == {"1300": str(NOON + 7)}


@pytest.mark.usefixtures("shards")
def test_every_hash_is_compact():
    presence.mark_many(range(1, 2501), NOON)
    hashes = list(client().scan_iter("user-activity/*"))
    assert 25 <= len(hashes) <= 30
    assert {client().object("encoding", key) for key in hashes} == {"listpack"}


def test_a_mark_touches_two_sets_whatever_the_window(settings):
    configure(settings, ONLINE_LAST_MINUTES=60)
    presence.mark_online(7, NOON)
    client().config_resetstat()
    presence.mark_online(7, NOON + 30 * 60)
    calls = {name: each["calls"] for name, each in client().info("commandstats").items()}
    del calls["cmdstat_config|resetstat"], calls["cmdstat_evalsha"]
    assert calls == {"cmdstat_hget": 1, "cmdstat_smove": 1, "cmdstat_hset": 1, "cmdstat_expire": 2}


@pytest.mark.usefixtures("shards")
def test_a_user_who_was_marked_offline_is_in_no_key():
    presence.mark_online(7, NOON)
    presence.mark_offline(7, NOON + 60)
    assert client().keys() == []


@pytest.mark.parametrize("lost", ["online-users/*", "user-activity/*"])
def test_a_mark_in_the_next_minute_restores_a_key_that_redis_lost(lost):
    presence.mark_online(7, NOON)
    client().delete(*client().scan_iter(lost))
    presence.mark_online(7, NOON + 60)
    assert "7" in online_users()[1]
    assert presence.is_online([7], NOON + 60) == {7}
    assert presence.last_activity(7, NOON + 60).timestamp() == NOON + 60


def test_a_clock_that_was_a_day_ahead_hides_nobody():
    presence.mark_online(7, NOON + 24 * 3600)
    presence.mark_online(7, NOON)
    assert presence.is_online([7], NOON) == presence.online_user_ids(NOON) == {7}
    assert presence.online_count(NOON) == 1


@pytest.mark.usefixtures("shards")
def test_a_user_is_in_the_set_of_their_latest_minute_only():
    presence.mark_many([1, 2, 3], NOON)
    presence.mark_many([2, 3], NOON + 60)
    presence.mark_online(3, NOON + 240)
    presence.mark_online(2, NOON)
    assert online_users() == {0: {"1"}, 1: {"2"}, 4: {"3"}}
    assert presence.online_count(NOON + 240) == 3


@pytest.mark.usefixtures("shards")
def test_a_mark_by_a_clock_behind_duplicates_nobody():
    for minute in (4, 0, 3, 1, 4, 2):
        presence.mark_online(7, NOON + minute * 60)
    assert online_users() == {4: {"7"}}


def test_the_slowest_clock_counts_nobody_twice(settings):
    configure(settings, ONLINE_LAST_MINUTES=5)
    presence.mark_online(7, NOON)
    presence.mark_online(7, NOON + 8 * 60)
    assert presence.online_count(NOON + 4 * 60) == 1


@pytest.mark.usefixtures("shards")
def test_every_key_expires(settings):
    configure(settings, ONLINE_LAST_MINUTES=5)
    presence.mark_many(range(1, 50), NOON)
    ttls = [client().ttl(key) for key in client().scan_iter("*")]
    assert ttls
    assert all(5 * 60 < ttl <= 10 * 60 for ttl in ttls)


@pytest.mark.usefixtures("shards")
def test_many_users_are_counted_and_listed():
    presence.mark_many(range(1, 2501), NOON)
    presence.mark_many(range(1, 1001), NOON + 60)
    assert presence.online_count(NOON + 60) == 2500
    assert presence.online_user_ids(NOON + 60) == set(range(1, 2501))
    assert presence.is_online(range(2400, 2600), NOON + 60) == set(range(2400, 2501))


def test_a_list_is_read_in_pages():
    presence.mark_many(range(1, 2501), NOON)
    sizes = [len(page) for page in pages(NOON)]
    assert sum(sizes) == 2500
    assert max(sizes) <= 500


def test_the_oldest_set_is_read_first():
    for minute in (2, 0, 4, 1):
        presence.mark_online(minute + 1, NOON + minute * 60)
    assert list(pages(NOON + 240)) == [[1], [2], [3], [5]]


def test_no_command_returns_all_users():
    """No command that reads or joins whole sets was sent."""
    presence.mark_many(range(1, 2501), NOON)
    presence.is_online([1], NOON)  # loads the scripts into Redis
    presence.last_activities([1], NOON)
    presence.online_count(NOON)
    client().config_resetstat()
    presence.online_user_ids(NOON)
    presence.online_count(NOON)
    presence.is_online(range(1, 51), NOON)
    presence.last_activities(range(1, 51), NOON)
    sent = {name.removeprefix("cmdstat_") for name in client().info("commandstats")}
    sent -= {"config|resetstat"}
    assert sent == {"sscan", "scard", "evalsha", "exists", "smismember", "hget"}


@pytest.mark.usefixtures("shards")
def test_is_online_of_many_is_one_round_trip(round_trips):
    presence.mark_many(range(1, 51), NOON)
    presence.is_online([1], NOON)  # loads the script into Redis
    round_trips.clear()
    assert len(presence.is_online(range(1, 101), NOON)) == 50
    assert len(round_trips) == 1


def test_the_count_is_one_round_trip(round_trips):
    presence.mark_many(range(1, 51), NOON)
    presence.online_count(NOON)  # loads the script into Redis
    round_trips.clear()
    assert presence.online_count(NOON) == 50
    assert len(round_trips) == 1


def test_marks_of_many_threads_leave_each_user_in_one_set():
    def mark(minute):
        for user_id in range(1, 51):
            presence.mark_online(user_id, NOON + minute * 60)

    threads = [threading.Thread(target=mark, args=[minute]) for minute in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert online_users() == {4: {str(user_id) for user_id in range(1, 51)}}


@pytest.mark.usefixtures("shards")
def test_the_scripts_are_sent_again_after_redis_forgot_them():
    presence.mark_online(1, NOON)
    client().script_flush()
    presence.mark_online(2, NOON)
    assert presence.online_user_ids(NOON) == {1, 2}
    assert presence.is_online([1, 2, 3], NOON) == {1, 2}
    client().script_flush()
    assert presence.is_online([1, 2, 3], NOON) == {1, 2}


def test_users_of_every_minute_of_the_window_have_their_second(settings):
    configure(settings, ONLINE_LAST_MINUTES=5)
    for minute in range(-5, 6):  # also by clocks that are ahead
        presence.mark_online(minute + 10, NOON + minute * 60 + 7)
    seen = presence.last_activities(range(30), NOON)
    assert {user_id: int(at.timestamp()) for user_id, at in seen.items()} == {
        minute + 10: NOON + minute * 60 + 7 for minute in range(-4, 5)
    }


async def test_the_script_is_sent_again_asynchronously():
    client().script_flush()
    await presence.amark_many([1, 2], NOON)
    assert online_users() == {0: {"1", "2"}}


def test_shards_are_in_slots_of_their_own(settings):
    configure(settings, SHARDS=4)
    presence.mark_many(range(1, 100), NOON)
    slots = {key_slot(key.encode()) for key in client().scan_iter("online-users/*")}
    assert len(slots) == 4
