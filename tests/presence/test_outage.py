"""While Redis is away, nobody counts as online, pages load and the log has one line. Everything
recovers when it is back."""

import logging
import time

import pytest
import redis

import presence
from presence import history
from presence.connection import Outage, client, outage
from presence.models import Sample


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.WARNING, logger="presence")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.fixture
def away(other_redis):
    presence.mark_online(1)
    other_redis.kill()
    return other_redis


def no_wait():
    outage.retry_at = 0


@pytest.mark.usefixtures("away")
def test_nobody_is_online():
    presence.mark_online(1)
    presence.mark_many([1, 2])
    assert presence.online_count() == 0
    assert presence.online_user_ids() == set()
    assert presence.is_online([1]) == set()
    assert presence.last_activity(1) is None
    assert presence.here([1]) == set()
    assert presence.here_user_ids() == set()


@pytest.mark.usefixtures("away")
async def test_an_async_mark_is_dropped():
    await presence.amark_many([1])
    assert outage.is_on


@pytest.mark.usefixtures("away")
def test_pages_load(client, alice):
    client.force_login(alice)
    assert client.get("/online/").status_code == 200


@pytest.mark.usefixtures("away")
def test_the_log_has_one_line(lines):
    for _ in range(5):
        presence.online_count()
        no_wait()
    assert len(lines()) == 1
    assert "Redis does not respond" in lines()[0]


def test_users_count_again_after_the_outage(away, lines):
    assert presence.online_count() == 0
    away.start()
    no_wait()
    presence.mark_online(2)
    assert presence.online_user_ids() == {1, 2}  # it had kept 1
    assert [line.split(",")[0] for line in lines()] == [
        "Redis does not respond",
        "Redis responds again.",
    ]


async def test_an_async_mark_counts_after_the_outage(away):
    await presence.amark_many([2])
    away.start()
    no_wait()
    await presence.amark_many([3])
    assert client().scard(next(client().scan_iter("online-users/*"))) == 2


def test_a_restart_that_nobody_noticed_loses_no_mark(other_redis, lines):
    presence.mark_online(1)
    other_redis.kill()
    other_redis.start()
    presence.mark_online(2)
    assert presence.online_user_ids() == {1, 2}
    assert lines() == []


def test_redis_is_tried_once_a_second():
    broken = Outage()
    with broken:
        raise redis.ConnectionError
    assert broken.should_skip()
    broken.retry_at = time.monotonic()
    assert not broken.should_skip()
    assert broken.should_skip()


def test_other_errors_are_not_an_outage():
    broken = Outage()
    with pytest.raises(ZeroDivisionError), broken:
        raise ZeroDivisionError
    assert not broken.is_on


@pytest.mark.usefixtures("away")
def test_no_sample_is_recorded_during_an_outage(db):
    history.sample()
    assert not Sample.objects.exists()
