"""Several server processes share their counts through one Redis, which may go away.

Each Limiter here represents a process. The tests decide when it exchanges counts."""

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
    """start() returns the limiter of another process."""
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
    """Redis is away until the test calls redis_away()."""
    valkey.server.kill()

    def back():
        valkey.server.start()
        limiter.outage.retry_at = 0

    yield back
    back()
    with limiter.outage:
        client().ping()


def allowed(process, limits=LIMIT, now=None) -> int:
    """Returns how many charges the process allows before it refuses one."""
    count = 0
    while not process.charge(limits, now=now):
        count += 1
    return count


def test_charges_in_another_process_count(one, two):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert allowed(two) == 1


def test_concurrent_charges_in_two_processes_add_up(one, two):
    for process in (one, two, one, two):
        process.charge(LIMIT)
    one.exchange()
    two.exchange()
    assert allowed(two) == 2
    two.exchange()
    one.charge(LIMIT)
    one.exchange()
    assert allowed(one) == 0


def test_charges_beyond_the_limit_lengthen_the_wait(one, two, start):
    assert allowed(one) == allowed(two) == 6
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
        assert allowed(start(), {"person/1": Limit(per_minute, burst)}, now) == burst


def test_a_single_process_counts_exactly(one):
    for _ in range(3):
        one.charge(LIMIT, now=100)
    one.exchange(now=100)
    assert allowed(one, now=100) == 3
    one.exchange(now=100)
    assert one.charge(LIMIT, now=100) == pytest.approx(10, abs=0.1)
    assert one.charge(LIMIT, now=101) == pytest.approx(9, abs=0.1)


def test_a_charge_during_an_exchange_counts(one, two, monkeypatch):
    def exchange_and_charge(reported, exchanged=limiter.exchange_reports):
        two.charge(LIMIT)
        return exchanged(reported)

    for _ in range(3):
        one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    monkeypatch.setattr(limiter, "exchange_reports", exchange_and_charge)
    two.exchange()
    assert allowed(two) == 1


def test_each_name_has_its_own_limit(one, two):
    allowed(one)
    one.exchange()
    two.charge({"person/2": SIX})
    two.exchange()
    assert allowed(two, {"person/2": SIX}) == 5


def test_a_refused_charge_uses_nothing_of_the_other_name(one):
    both = {"person/1": SIX, "address/office": Limit(3, 3)}
    assert allowed(one, both) == 3
    assert allowed(one) == 3


def test_an_exchange_is_automatic_and_takes_one_round_trip(start, round_trips):
    process = Limiter(exchange_seconds=0.01)
    for name in range(50):
        process.charge({f"person/{name}": SIX})
    process.timer.join(10)
    assert len(round_trips) == 1
    assert client().zcard(KEY) == 50
    assert process.timer is None


def test_an_exchange_without_charges_sends_nothing(one, round_trips):
    one.charge(LIMIT)
    one.exchange()
    round_trips.clear()
    one.exchange()
    assert round_trips == []


def test_counts_are_exchanged_at_least_once_a_second():
    assert EXCHANGE_SECONDS <= 1
    assert Limiter().exchange_seconds == EXCHANGE_SECONDS


def test_a_name_that_used_nothing_lately_is_forgotten_here_and_in_redis(one):
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


def test_without_redis_each_process_counts_alone_and_logs_one_line(one, two, redis_away, caplog):
    with caplog.at_level(logging.WARNING, "presence.connection"):
        for process in (one, two):
            for _ in range(3):
                process.charge(LIMIT)
                process.exchange()
                limiter.outage.retry_at = 0
        assert allowed(one) == allowed(two) == 3
    (line,) = caplog.messages
    assert "each process counts separately what its users do" in line


def test_counts_during_an_outage_reach_redis_when_it_is_back(one, two, redis_away):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    redis_away()
    one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert allowed(two) == 0


def test_counts_that_redis_lost_are_sent_again(one, two):
    for _ in range(4):
        one.charge(LIMIT)
    one.exchange()
    client().flushall()
    client().script_flush()
    one.charge(LIMIT)
    one.exchange()
    two.charge(LIMIT)
    two.exchange()
    assert allowed(two) == 0


def test_the_number_of_names_is_limited_and_the_busiest_stay():
    process = Limiter(exchange_seconds=NEVER, names_max=100)
    allowed(process, now=100)
    for number in range(10_000):
        process.charge({f"address/{number}": SIX}, now=100)
        assert len(process.tats) <= 101
    assert process.unreported.keys() <= process.tats.keys()
    assert process.charge(LIMIT, now=100) > 0
    process.clear()


def test_a_charge_that_expires_before_the_exchange_is_not_sent(one, round_trips):
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
    """Uses the best of several runs, so that other work on the machine does not count."""
    limits = {"person/1": Limit(6e9, 10**9), "address/office": Limit(6e9, 10**9)}
    best = min(timeit.repeat(lambda: one.charge(limits), number=200, repeat=50)) / 200
    assert best < 20e-6
