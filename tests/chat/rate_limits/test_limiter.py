"""What several server processes know of what each other's people used: on one Redis, which may go.

Each Limiter here stands for a process, and says itself when it exchanges."""

import logging
import timeit

import pytest

from chat.rate_limits import limiter
from chat.rate_limits.limiter import EXCHANGE_SECONDS, KEY, Limiter
from chat.rate_limits.table import Limit
from presence.connection import client
from tests import valkey

NEVER = 3600
SIX = Limit(6, 6)
LIMIT = {"person/1": SIX}  # one in ten seconds


@pytest.fixture
def start():
    """start() answers another process."""
    started = []

    def start():
        started.append(Limiter(exchange_seconds=NEVER))
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
        limiter.outage.retry_at = 0

    yield back
    back()
    with limiter.outage:
        client().ping()


def taken(process, limits=LIMIT, now=None) -> int:
    """How many it lets pass, until it refuses."""
    count = 0
    while not process.charge(limits, now=now):
        count += 1
    return count


def test_what_was_used_elsewhere_counts(one, two):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert taken(two) == 1


def test_what_was_used_at_once_in_both_is_added_up(one, two):
    for process in (one, two, one, two):
        process.charge(LIMIT)
    one.exchange()
    two.exchange()
    assert taken(two) == 2
    two.exchange()
    one.charge(LIMIT)
    one.exchange()
    assert taken(one) == 0


def test_what_was_too_much_is_paid_back_by_waiting_longer(one, two, start):
    assert taken(one) == taken(two) == 6
    one.exchange()
    two.exchange()
    assert 65 < two.charge(LIMIT) <= 70
    three = start()
    assert not three.charge(LIMIT)
    three.exchange()
    assert 75 < three.charge(LIMIT) <= 80


@pytest.mark.parametrize("now", [0.1, 2945.3, 123_456.789, 9e6 + 0.7])
def test_a_whole_burst_passes_at_any_time(start, now):
    for per_minute, burst in [(0.1, 1), (7, 7), (600, 60), (1200, 600)]:
        assert taken(start(), {"person/1": Limit(per_minute, burst)}, now) == burst


def test_one_process_alone_counts_exactly(one):
    for _ in range(3):
        one.charge(LIMIT, now=100)
    one.exchange(now=100)
    assert taken(one, now=100) == 3
    one.exchange(now=100)
    assert one.charge(LIMIT, now=100) == pytest.approx(10, abs=0.1)
    assert one.charge(LIMIT, now=101) == pytest.approx(9, abs=0.1)


def test_what_is_used_during_an_exchange_counts_too(one, two, monkeypatch):
    def exchange_and_use(told, exchanged=limiter.exchanged):
        two.charge(LIMIT)
        return exchanged(told)

    for _ in range(3):
        one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    monkeypatch.setattr(limiter, "exchanged", exchange_and_use)
    two.exchange()
    assert taken(two) == 1


def test_each_name_has_an_allowance_of_its_own(one, two):
    taken(one)
    one.exchange()
    two.charge({"person/2": SIX})
    two.exchange()
    assert taken(two, {"person/2": SIX}) == 5


def test_where_one_name_has_none_left_nothing_is_taken_of_the_other(one):
    both = {"person/1": SIX, "address/office": Limit(3, 3)}
    assert taken(one, both) == 3
    assert taken(one) == 3


def test_an_exchange_is_one_round_trip_and_comes_by_itself(start, round_trips):
    process = Limiter(exchange_seconds=0.01)
    for name in range(50):
        process.charge({f"person/{name}": SIX})
    process.timer.join(10)
    assert len(round_trips) == 1
    assert client().zcard(KEY) == 50
    assert process.timer is None


def test_nothing_is_said_where_nothing_was_used(one, round_trips):
    one.charge(LIMIT)
    one.exchange()
    round_trips.clear()
    one.exchange()
    assert round_trips == []


def test_it_is_exchanged_about_once_a_second():
    assert EXCHANGE_SECONDS <= 1
    assert Limiter().exchange_seconds == EXCHANGE_SECONDS


def test_whose_allowance_is_whole_is_forgotten_here_and_in_redis(one):
    one.charge({"person/1": SIX}, now=100)
    one.exchange(now=100)
    one.charge({"person/2": SIX}, now=111)
    one.exchange(now=111)
    assert one.tats.keys() == {"person/2"}
    client().zadd(KEY, {"person/1": 1})  # long ago
    one.charge({"person/3": SIX}, now=111)
    one.exchange(now=111)
    assert set(client().zrange(KEY, 0, -1)) == {"person/2", "person/3"}
    assert client().ttl(KEY) > 0


def test_without_redis_each_goes_on_by_itself_and_the_log_says_so_once(
    one, two, redis_away, caplog
):
    with caplog.at_level(logging.WARNING, "presence.connection"):
        for process in (one, two):
            for _ in range(3):
                process.charge(LIMIT)
                process.exchange()
                limiter.outage.retry_at = 0
        assert taken(one) == taken(two) == 3
    (line,) = caplog.messages
    assert "each process counts alone what its users do" in line


def test_once_redis_is_back_it_hears_what_each_knew(one, two, redis_away):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    redis_away()
    one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert taken(two) == 0


def test_a_redis_that_lost_everything_hears_it_again(one, two):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    client().flushall()
    client().script_flush()
    one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert taken(two) == 0


def test_the_number_of_names_is_bounded_and_who_used_most_stays_known():
    process = Limiter(exchange_seconds=NEVER, names_max=100)
    taken(process, now=100)
    for number in range(10_000):
        process.charge({f"address/{number}": SIX}, now=100)
        assert len(process.tats) <= 101
    assert process.unreported.keys() <= process.tats.keys()
    assert process.charge(LIMIT, now=100) > 0
    process.clear()


def test_what_is_whole_again_before_the_next_exchange_is_not_reported(one, round_trips):
    many = {"person/1": Limit(600, 60)}
    for _ in range(9):
        one.charge(many, now=100)
    one.exchange(now=100)
    assert round_trips == []
    for _ in range(2):
        one.charge(many, now=100)
    one.exchange(now=100)
    assert len(round_trips) == 1


def test_a_charge_costs_microseconds(one):
    """The best of several tries, so that other work on the machine does not count."""
    limits = {"person/1": Limit(6e9, 10**9), "address/office": Limit(6e9, 10**9)}
    best = min(timeit.repeat(lambda: one.charge(limits), number=200, repeat=50)) / 200
    assert best < 20e-6
