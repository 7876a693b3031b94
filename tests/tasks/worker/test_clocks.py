"""The clocks of a worker, of Redis and of a time zone change, go back, or were ahead."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from django.test import override_settings

from tasks.redis import keys
from tasks.redis.broker import LEASE_SECONDS, Outcome
from tasks.worker.cron import enqueue_due, latest_occurrence
from tests.tasks import jobs

HOUR, YEAR = 3600, 365 * 86400
PATH = "tests.tasks.jobs.hourly"
HOURLY = {PATH: jobs.hourly}
TEN = datetime(2030, 1, 1, 10, 0, tzinfo=UTC).timestamp()
LOST = (b'{"exception_class_path":"tasks.exceptions.WorkerLost","traceback":"lost"}', 60)
FORWARD = [
    ("Europe/Berlin", datetime(2030, 3, 31)),
    ("America/New_York", datetime(2030, 3, 10)),
    ("Australia/Lord_Howe", datetime(2030, 10, 6)),
    ("Africa/Cairo", datetime(2030, 4, 26)),  # at midnight
]
BACK = [
    ("Europe/Berlin", datetime(2030, 10, 27)),
    ("America/New_York", datetime(2030, 11, 3)),
    ("Australia/Lord_Howe", datetime(2030, 4, 7)),
    ("America/Havana", datetime(2030, 11, 3)),
]


def occurrences(cron, zone, day, hours=30):
    """Returns the local times of occurrences, checked every five minutes from noon of the previous
    day."""
    zone = ZoneInfo(zone)
    start = (day - timedelta(hours=12)).replace(tzinfo=zone).astimezone(UTC)
    moments = [(start + timedelta(minutes=m)).astimezone(zone) for m in range(0, hours * 60 + 1, 5)]
    seconds = [latest_occurrence(cron, moment) for moment in moments]
    assert seconds == sorted(seconds)
    assert all(
        second <= moment.timestamp() for second, moment in zip(seconds, moments, strict=True)
    )
    kept = [second for second, _ in itertools.groupby(seconds)][1:]
    return [datetime.fromtimestamp(second, zone) for second in kept]


@pytest.mark.parametrize(("zone", "day"), [*FORWARD, *BACK])
@pytest.mark.parametrize(
    ("cron", "matches"),
    [
        ("0 * * * *", lambda one: one.minute == 0),
        ("*/15 * * * *", lambda one: one.minute % 15 == 0),
        ("15 */6 * * *", lambda one: one.minute == 15 and one.hour % 6 == 0),
        ("45 */2 * * *", lambda one: one.minute == 45 and one.hour % 2 == 0),
        ("*/20 1,2 * * *", lambda one: one.minute % 20 == 0 and one.hour in (1, 2)),
    ],
)
def test_a_task_with_a_star_runs_whenever_clocks_show_its_time(zone, day, cron, matches):
    ran = occurrences(cron, zone, day)
    expected = [one.timestamp() for one in minutes(zone, day) if matches(one)]
    assert [one.timestamp() for one in ran] == expected


def minutes(zone, day):
    """Returns the minutes after the first moment of `occurrences`, up to its last."""
    zone = ZoneInfo(zone)
    start = (day - timedelta(hours=12)).replace(tzinfo=zone).astimezone(UTC)
    return [(start + timedelta(minutes=m)).astimezone(zone) for m in range(5, 30 * 60 + 1, 5)]


@pytest.mark.parametrize(("zone", "day"), [*FORWARD, *BACK])
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "30 0 * * *", "0 1 * * *", "45 1 * * *", "0 2 * * *", "59 23 * * *"]
)
def test_a_daily_task_runs_once_a_day(zone, day, cron):
    ran = occurrences(cron, zone, day, hours=72)
    days = [one.date() for one in ran]
    assert len(days) in (3, 4)
    assert [b - a for a, b in itertools.pairwise(days)] == [timedelta(1)] * (len(days) - 1)


def test_a_time_that_clocks_skip_runs_at_the_end_of_the_gap():
    ran = occurrences("30 2 * * *", "Europe/Berlin", datetime(2030, 3, 31))
    assert [str(one) for one in ran] == ["2030-03-31 03:00:00+02:00"]


def test_a_time_that_clocks_show_twice_runs_at_the_first_one():
    ran = occurrences("30 2 * * *", "Europe/Berlin", datetime(2030, 10, 27))
    assert [str(one) for one in ran] == ["2030-10-27 02:30:00+02:00"]


def test_several_occurrences_in_a_gap_are_one():
    ran = occurrences("5,10,30 2 * * *", "Europe/Berlin", datetime(2030, 3, 31))
    assert [str(one) for one in ran] == ["2030-03-31 03:00:00+02:00"]


def test_half_an_hour_that_occurs_twice():
    ran = occurrences("45 1 * * *", "Australia/Lord_Howe", datetime(2030, 4, 7))
    assert [str(one) for one in ran] == ["2030-04-07 01:45:00+11:00"]


@pytest.mark.parametrize(("zone", "day"), [*FORWARD, *BACK])
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0 0 * * SUN", "0,30 1,2,3 * * *", "59 23 1-31 * *"]
)
def test_occurrences_are_those_that_cronsim_counts_forward(zone, day, cron):
    ran = occurrences(cron, zone, day)
    start = (day - timedelta(hours=12)).replace(tzinfo=ZoneInfo(zone))
    end = start.astimezone(UTC) + timedelta(hours=30)
    forward = itertools.takewhile(lambda one: one <= end, CronSim(cron, start))
    assert [one.timestamp() for one in ran] == sorted({one.timestamp() for one in forward})


@override_settings(TIME_ZONE="Europe/Berlin")
def test_an_hour_that_occurs_twice_is_queued_twice(backend):
    """Two workers check every ten minutes, with a real queue."""
    start = datetime(2030, 10, 26, 22, 5, tzinfo=UTC).timestamp()
    enqueue_due(backend, HOURLY, start)
    looks = [start + look * 600 for look in range(1, 25) for _ in range(2)]
    ran = [len(enqueue_due(backend, HOURLY, now)) for now in looks]
    assert sum(ran) == 4


@pytest.mark.parametrize("ahead", [120, HOUR, 86400, YEAR, 100 * YEAR])
def test_a_clock_that_was_ahead_delays_nothing(backend, ahead):
    enqueue_due(backend, HOURLY, TEN - HOUR + 60)
    enqueue_due(backend, HOURLY, TEN - 60 + ahead)
    ran = [len(enqueue_due(backend, HOURLY, TEN + hour * HOUR)) for hour in range(4)]
    assert ran[0] in (0, 1)  # 0 if ten o'clock already came with the wrong clock
    assert ran[1:] == [1, 1, 1]
    again = [len(enqueue_due(backend, HOURLY, TEN + 3 * HOUR + m)) for m in range(10)]
    assert sum(again) == 0


def test_a_clock_that_went_back_by_seconds_repeats_nothing(backend):
    enqueue_due(backend, HOURLY, TEN - HOUR)
    assert len(enqueue_due(backend, HOURLY, TEN + 1)) == 1
    assert enqueue_due(backend, HOURLY, TEN - 30) == []
    assert enqueue_due(backend, HOURLY, TEN + 1) == []


def test_an_invalid_last_occurrence_is_replaced(backend):
    backend.broker.client.hset(f"{backend.broker.tag}{keys.CRON}", PATH, "nonsense")
    assert enqueue_due(backend, HOURLY, TEN) == []
    assert len(enqueue_due(backend, HOURLY, TEN + HOUR)) == 1


@pytest.mark.parametrize("off", [-YEAR, -HOUR, HOUR, YEAR])
def test_the_clock_of_a_worker_does_not_count(backend, work, monkeypatch, off):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + off)
    enqueue_due(backend, HOURLY)
    mark = float(backend.broker.client.hget(f"{backend.broker.tag}{keys.CRON}", PATH))
    assert real() - HOUR - 60 < mark <= real() + 1
    result = jobs.add.enqueue(1, 2)
    work()
    result.refresh()
    assert result.return_value == 3


# Redis' clock ------------------------------------------------------------------------------------


def claim(broker, slot, now, want=1):
    return broker.settle_and_claim(slot, want=want, queues=["default"], now=now).claims


def reap(broker, now, slots=()):
    return broker.heartbeat("worker", slots, reap=True, lost=LOST, now=now)


@pytest.mark.parametrize("off", [-YEAR, -HOUR, HOUR, YEAR])
def test_a_change_of_the_clock_expires_no_lease(backend, off):
    broker, now = backend.broker, TEN
    result = jobs.add.enqueue(1, 2)
    reap(broker, now)
    claim(broker, "alive", now)
    assert reap(broker, now + off) == ([], [])  # another worker notices it first
    broker.heartbeat("own", ["alive"], now=now + off + 1)
    assert reap(broker, now + off + LEASE_SECONDS) == ([], [])
    assert broker.record(result.id)["attempts"] == b"1"


@pytest.mark.parametrize("off", [-YEAR, -HOUR, HOUR, YEAR])
def test_a_dead_worker_is_found_after_a_change_of_the_clock(backend, off):
    broker, now = backend.broker, TEN
    result = jobs.add.enqueue(1, 2)
    reap(broker, now)
    claim(broker, "gone", now)
    reap(broker, now + off)
    assert reap(broker, now + off + LEASE_SECONDS) == ([result.id], [])


@pytest.mark.parametrize("back", [HOUR, YEAR])
def test_a_retry_is_not_delayed_if_the_clock_goes_back(backend, back):
    broker, now = backend.broker, TEN
    jobs.patient.enqueue()
    reap(broker, now)
    [tried] = claim(broker, "slot", now)
    place, times = (tried.queue, tried.priority), (now, now)
    again = Outcome(tried.id, tried.attempt, "retry", *place, 30, LOST[0], *times, "", 0, 0)
    broker.settle_and_claim("slot", [again], now=now)
    reap(broker, now - back)
    assert claim(broker, "slot", now - back + 29) == []
    assert [one.id for one in claim(broker, "slot", now - back + 30)] == [tried.id]


@pytest.mark.parametrize("back", [HOUR, YEAR])
def test_a_rate_limit_is_not_extended_if_the_clock_goes_back(backend, back):
    broker, now = backend.broker, TEN
    jobs.rare.enqueue_many([()] * 5)  # two a minute
    reap(broker, now)
    assert len(claim(broker, "slot", now, 10)) == 2
    reap(broker, now - back)
    assert claim(broker, "other", now - back + 59, 10) == []
    assert len(claim(broker, "third", now - back + 60, 10)) == 2
    jobs.rare.enqueue()
    assert claim(broker, "fourth", now - back + 61, 10) == []
    assert len(claim(broker, "fifth", now - back + 120, 10)) == 2


def test_run_after_does_not_change_if_the_clock_goes_back(backend):
    broker = backend.broker
    at = datetime.fromtimestamp(TEN + 60, UTC)
    result = jobs.add.using(run_after=at).enqueue(1, 2)
    broker.client.zadd(f"{broker.tag}{keys.SCHEDULED}default", {result.id: TEN + 60})
    reap(broker, TEN)
    reap(broker, TEN - HOUR)
    assert claim(broker, "slot", TEN + 59) == []
    assert len(claim(broker, "slot", TEN + 60)) == 1
