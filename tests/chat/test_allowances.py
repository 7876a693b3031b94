"""What several server processes know of what each other's people used: on one Redis, which may go.

Each Allowances here stands for a process, and says itself when it exchanges."""

import logging

import pytest

from chat import allowances
from chat.allowances import EXCHANGE_SECONDS, KEY, Allowances
from presence.connection import client
from tests import valkey

NEVER = 3600
LIMIT = {"person/1": 6}  # one in ten seconds


@pytest.fixture
def start():
    """start() answers another process."""
    started = []

    def start():
        started.append(Allowances(exchange_seconds=NEVER))
        return started[-1]

    yield start
    for process in started:
        process.clear()


@pytest.fixture
def one(start):
    return start()


@pytest.fixture
def two(start):
    return start()


@pytest.fixture
def redis_away():
    """Gone, until redis_away() ends it."""
    valkey.server.kill()

    def back():
        valkey.server.start()
        allowances.outage.retry_at = 0

    yield back
    back()
    with allowances.outage:
        client().ping()


def taken(process, limits=LIMIT, now=None) -> int:
    """How many it lets pass, until it refuses."""
    count = 0
    while not process.take(limits, now):
        count += 1
    return count


def test_what_was_used_elsewhere_counts(one, two):
    for _ in range(4):
        one.take(LIMIT)
    one.exchange()
    two.take(LIMIT)
    two.exchange()
    assert taken(two) == 1


def test_what_was_used_at_once_in_both_is_added_up(one, two):
    for process in (one, two, one, two):
        process.take(LIMIT)
    one.exchange()
    two.exchange()
    assert taken(two) == 2
    two.exchange()
    one.take(LIMIT)
    one.exchange()
    assert taken(one) == 0


def test_what_was_too_much_is_paid_back_by_waiting_longer(one, two, start):
    assert taken(one) == taken(two) == 6
    one.exchange()
    two.exchange()
    assert 65 < two.take(LIMIT) <= 70
    three = start()
    assert not three.take(LIMIT)
    three.exchange()
    assert 75 < three.take(LIMIT) <= 80


def test_one_process_alone_counts_exactly(one):
    for _ in range(3):
        one.take(LIMIT, now=100)
    one.exchange(now=100)
    assert taken(one, now=100) == 3
    one.exchange(now=100)
    assert one.take(LIMIT, now=100) == pytest.approx(10, abs=0.1)
    assert one.take(LIMIT, now=101) == pytest.approx(9, abs=0.1)


def test_what_is_used_during_an_exchange_counts_too(one, two, monkeypatch):
    def exchange_and_use(told, exchanged=allowances.exchanged):
        two.take(LIMIT)
        return exchanged(told)

    for _ in range(3):
        one.take(LIMIT)
    one.exchange()
    two.take(LIMIT)
    monkeypatch.setattr(allowances, "exchanged", exchange_and_use)
    two.exchange()
    assert taken(two) == 1


def test_each_name_has_an_allowance_of_its_own(one, two):
    taken(one)
    one.exchange()
    two.take({"person/2": 6})
    two.exchange()
    assert taken(two, {"person/2": 6}) == 5


def test_where_one_name_has_none_left_nothing_is_taken_of_the_other(one):
    both = {"person/1": 6, "address/office": 3}
    assert taken(one, both) == 3
    assert taken(one) == 3


def test_an_exchange_is_one_round_trip_and_comes_by_itself(start, round_trips):
    process = Allowances(exchange_seconds=0.01)
    for name in range(50):
        process.take({f"person/{name}": 6})
    process.timer.join(10)
    assert len(round_trips) == 1
    assert client().zcard(KEY) == 50
    assert process.timer is None


def test_nothing_is_said_where_nothing_was_used(one, round_trips):
    one.take(LIMIT)
    one.exchange()
    round_trips.clear()
    one.exchange()
    assert round_trips == []


def test_it_is_exchanged_about_once_a_second():
    assert EXCHANGE_SECONDS <= 1
    assert Allowances().exchange_seconds == EXCHANGE_SECONDS


def test_whose_allowance_is_whole_is_forgotten_here_and_in_redis(one):
    one.take({"person/1": 6}, now=100)
    one.exchange(now=100)
    one.take({"person/2": 6}, now=111)
    one.exchange(now=111)
    assert one.whole_at.keys() == {"person/2"}
    client().zadd(KEY, {"person/1": 1})  # long ago
    one.take({"person/3": 6}, now=111)
    one.exchange(now=111)
    assert set(client().zrange(KEY, 0, -1)) == {"person/2", "person/3"}
    assert client().ttl(KEY) > 0


def test_without_redis_each_goes_on_by_itself_and_the_log_says_so_once(
    one, two, redis_away, caplog
):
    with caplog.at_level(logging.WARNING, "presence.connection"):
        for process in (one, two):
            for _ in range(3):
                process.take(LIMIT)
                process.exchange()
                allowances.outage.retry_at = 0
        assert taken(one) == taken(two) == 3
    (line,) = caplog.messages
    assert line.startswith("Redis does not answer, so each process counts by itself who posts how")


def test_once_redis_is_back_it_hears_what_each_knew(one, two, redis_away):
    for _ in range(4):
        one.take(LIMIT)
    one.exchange()
    redis_away()
    one.take(LIMIT)
    one.exchange()
    two.take(LIMIT)
    two.exchange()
    assert taken(two) == 0


def test_a_redis_that_lost_everything_hears_it_again(one, two):
    for _ in range(4):
        one.take(LIMIT)
    one.exchange()
    client().flushall()
    client().script_flush()
    one.take(LIMIT)
    one.exchange()
    two.take(LIMIT)
    two.exchange()
    assert taken(two) == 0
