"""No limit is reached in normal use: a very busy hour of people and bots, with simulated time."""

from collections.abc import Iterator

import pytest

from chat.exceptions import RateLimited
from chat.rate_limits import limits
from chat.rate_limits.table import Limit

HOUR = 3600  # seconds
Act = tuple[float, str, float]  # at which second, what, its cost


@pytest.fixture(autouse=True)
def no_exchange(monkeypatch):
    """Removes the exchange with other processes, which use the real clock."""
    monkeypatch.setattr(limits.limiter, "exchange_seconds", HOUR)


def every(seconds: float, what: str, start: float = 0, end: float = HOUR, cost=1.0) -> list[Act]:
    count = round((end - start) / seconds)
    return [(start + number * seconds, what, cost) for number in range(count)]


def fast_typist() -> Iterator[Act]:
    """Types a message every two seconds for an hour, a key every 100 ms, in two windows."""
    yield from every(2, "CHANGES")
    yield from every(3, "TYPING")
    yield from every(0.8, "DRAFTS")
    yield from every(1, "READS")
    yield from every(0.15, "SEARCHES", start=600, end=630)  # searches for somebody
    yield from every(0.1, "CHANGES", start=900, end=903)  # a reaction on each of 30 messages
    yield from every(0.02, "CHANGES", start=1800, end=1801)  # fifty posts that waited while offline


def returns_after_a_restart() -> Iterator[Act]:
    """Reconnects ten tabs on each of three devices at the same moment, several times."""
    for time in (0, 5, 10, 600):
        for what in ("HANDSHAKES", "OPENS", "PAGES", "READS", "API_CALLS"):
            yield from [(time, what, 1.0)] * 30


def looks_through_300_rooms() -> Iterator[Act]:
    """Holds Alt+Down."""
    for what in ("PAGES", "HANDSHAKES", "OPENS", "READS"):
        yield from every(0.1, what, end=30)
    yield from every(0.1, "PAGES", end=30)  # the sidebar


def sets_up_the_community() -> Iterator[Act]:
    yield from every(4, "ROOMS", end=100)
    yield from every(1, "MEMBERS", end=200)  # invites two hundred people
    yield from every(10, "NAMES", end=300)
    yield from every(5, "FORMS")
    yield from every(30, "TASKS")
    yield from every(20, "CREDENTIALS", end=200)


def lively_bot() -> Iterator[Act]:
    """Replies to eight messages a second in twenty rooms, sometimes with a long message, and reads
    them."""
    yield from every(0.125, "CHANGES", cost=limits.cost_of("@alice see `this`"))
    yield from every(60, "CHANGES", cost=limits.cost_of("**long** " * 400))
    yield from every(0.1, "READS")
    yield from every(0.1, "API_CALLS")
    yield from every(0.02, "FRAMES")


@pytest.mark.parametrize(
    "acts",
    [
        fast_typist,
        returns_after_a_restart,
        looks_through_300_rooms,
        sets_up_the_community,
        lively_bot,
    ],
)
def test_a_busy_hour_reaches_no_limit(acts):
    for second, what, cost in sorted(acts()):
        limits.charge(what, 1, cost=cost, now=second)


def test_a_whole_office_can_start_at_nine_o_clock():
    """Five hundred people behind one address open four tabs each within ten seconds."""
    for person in range(500):
        for _ in range(4):
            for what in ("PAGES", "HANDSHAKES", "API_CALLS"):
                limits.charge(what, person, "203.0.113.5", now=person / 50)


def test_the_busy_hour_reaches_lower_limits(chat_settings, monkeypatch):
    del chat_settings["CHANGES_PER_MINUTE"]
    monkeypatch.setitem(limits.LIMITS, "CHANGES_PER_MINUTE", Limit(20, 20))
    with pytest.raises(RateLimited):
        test_a_busy_hour_reaches_no_limit(fast_typist)
