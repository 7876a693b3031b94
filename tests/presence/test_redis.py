"""What is particular to the Redis backend: one bucket a person, nothing that grows, shards."""

import threading
from itertools import pairwise

import pytest
from redis.crc import key_slot

import presence
from presence.backends.redis import pages
from presence.connection import client

MINUTE = 30_000_000
NOON = MINUTE * 60


@pytest.fixture(params=[1, 4])
def shards(request, settings):
    settings.PRESENCE_SHARDS = request.param


def buckets():
    """{minute: people} of all shards."""
    people = {}
    for key in client().scan_iter("online-users/*"):
        people.setdefault(int(key.rpartition("/")[2]) - MINUTE, set()).update(client().hkeys(key))
    return people


@pytest.mark.usefixtures("shards")
def test_somebody_stands_in_the_bucket_of_their_latest_minute_only():
    presence.mark_many([1, 2, 3], NOON)
    presence.mark_many([2, 3], NOON + 60)
    presence.mark_online(3, NOON + 240)
    presence.mark_online(2, NOON)
    assert buckets() == {0: {"1"}, 1: {"2"}, 4: {"3"}}
    assert presence.online_count(NOON + 240) == 3


@pytest.mark.usefixtures("shards")
def test_a_mark_by_a_clock_behind_does_not_double_anybody():
    for minute in (4, 0, 3, 1, 4, 2):
        presence.mark_online(7, NOON + minute * 60)
    assert buckets() == {4: {"7"}}


def test_the_slowest_clock_sees_nobody_twice(settings):
    settings.ONLINE_LAST_MINUTES = 5
    presence.mark_online(7, NOON)
    presence.mark_online(7, NOON + 8 * 60)
    assert presence.online_count(NOON + 4 * 60) == 1


@pytest.mark.usefixtures("shards")
def test_every_key_expires(settings):
    settings.ONLINE_LAST_MINUTES = 5
    presence.mark_many(range(1, 50), NOON)
    ttls = [client().ttl(key) for key in client().scan_iter("*")]
    assert ttls
    assert all(5 * 60 < ttl <= 10 * 60 for ttl in ttls)


@pytest.mark.usefixtures("shards")
def test_many_people_are_counted_listed_and_looked_up():
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


def test_the_oldest_bucket_is_read_first():
    for minute in (2, 0, 4, 1):
        presence.mark_online(minute + 1, NOON + minute * 60)
    times = [second for page in pages(NOON + 240) for _, second in page]
    assert len(times) == 4
    assert all(earlier < later for earlier, later in pairwise(times))


def test_no_command_returns_everybody():
    """Neither a command that reads a whole bucket nor one that joins several was sent."""
    presence.mark_many(range(1, 2501), NOON)
    presence.is_online([1], NOON)  # so that Redis knows the script
    client().config_resetstat()
    presence.online_user_ids(NOON)
    presence.online_count(NOON)
    presence.is_online(range(1, 51), NOON)
    sent = {name.removeprefix("cmdstat_") for name in client().info("commandstats")}
    assert sent == {"hscan", "hlen", "evalsha", "exists", "hmget", "config|resetstat"}


@pytest.mark.usefixtures("shards")
def test_is_online_of_many_is_one_round_trip(round_trips):
    presence.mark_many(range(1, 51), NOON)
    presence.is_online([1], NOON)  # so that Redis knows the script
    round_trips.clear()
    assert len(presence.is_online(range(1, 101), NOON)) == 50
    assert len(round_trips) == 1


def test_the_count_is_one_round_trip(round_trips):
    presence.mark_many(range(1, 51), NOON)
    round_trips.clear()
    assert presence.online_count(NOON) == 50
    assert len(round_trips) == 1


def test_marks_at_once_from_many_threads_leave_one_place_each():
    def mark(minute):
        for user_id in range(1, 51):
            presence.mark_online(user_id, NOON + minute * 60)

    threads = [threading.Thread(target=mark, args=[minute]) for minute in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert buckets() == {4: {str(user_id) for user_id in range(1, 51)}}


@pytest.mark.usefixtures("shards")
def test_the_scripts_are_sent_again_after_redis_forgot_them():
    presence.mark_online(1, NOON)
    client().script_flush()
    presence.mark_online(2, NOON)
    assert presence.online_user_ids(NOON) == {1, 2}
    assert presence.is_online([1, 2, 3], NOON) == {1, 2}
    client().script_flush()
    assert presence.is_online([1, 2, 3], NOON) == {1, 2}


def test_people_of_every_minute_of_the_window_are_found_at_their_second(settings):
    settings.ONLINE_LAST_MINUTES = 5
    for minute in range(-5, 6):  # by clocks that are ahead, too
        presence.mark_online(minute + 10, NOON + minute * 60 + 7)
    seen = presence.last_activities(range(30), NOON)
    assert {user_id: int(at.timestamp()) for user_id, at in seen.items()} == {
        minute + 10: NOON + minute * 60 + 7 for minute in range(-4, 5)
    }


async def test_the_script_is_sent_again_asynchronously():
    client().script_flush()
    await presence.amark_many([1, 2], NOON)
    assert buckets() == {0: {"1", "2"}}


def test_shards_are_in_slots_of_their_own(settings):
    settings.PRESENCE_SHARDS = 4
    presence.mark_many(range(1, 100), NOON)
    slots = {key_slot(key.encode()) for key in client().scan_iter("online-users/*")}
    assert len(slots) == 4
