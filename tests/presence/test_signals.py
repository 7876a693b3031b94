"""Signals: who came online and went offline, whose sockets opened and closed."""

from datetime import UTC, datetime, timedelta

import pytest

import presence
from presence import history, signals
from presence.connection import outage
from tests.presence.servers import ALICE, BOB
from tests.redis_settings import configure

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sent():
    """Returns what was sent: (signal, user id), and for sockets the process too."""
    names = ("user_came_online", "user_went_offline", "user_arrived", "user_left")
    sent, receivers = [], []
    for name in names:

        def receive(sender, user_id, name=name, server=None, **kwargs):
            sent.append((name, user_id, server) if server else (name, user_id))

        getattr(signals, name).connect(receive)
        receivers.append((getattr(signals, name), receive))
    yield sent
    for signal, receive in receivers:
        signal.disconnect(receive)


@pytest.mark.parametrize("backend", ["redis.RedisPresence", "database.DatabasePresence"])
def test_came_and_went_are_sent_once(settings, alice, bob, sent, backend):
    configure(settings, BACKEND=f"presence.backends.{backend}")
    presence.mark_online(alice.pk, NOON)
    history.record(NOON)
    history.record(NOON)
    presence.mark_online(bob.pk, NOON + 2 * MINUTE)
    history.record(NOON + 2 * MINUTE)
    assert sent == [("user_came_online", alice.pk), ("user_came_online", bob.pk)]
    sent.clear()
    history.record(NOON + 5 * MINUTE)
    history.record(NOON + 6 * MINUTE)
    assert sent == [("user_went_offline", alice.pk)]
    presence.mark_online(alice.pk, NOON + 6 * MINUTE)
    history.record(NOON + 60 * MINUTE)
    assert sent[1:] == [("user_went_offline", bob.pk)]


def test_a_user_who_was_marked_offline_went(alice, sent):
    presence.mark_online(alice.pk, NOON)
    history.record(NOON)
    presence.mark_offline(alice.pk, NOON)
    history.record(NOON)
    history.record(NOON + 5 * MINUTE)
    assert sent == [("user_came_online", alice.pk), ("user_went_offline", alice.pk)]


def test_nobody_went_while_redis_is_away(alice, sent, other_redis):
    presence.mark_online(alice.pk, NOON)
    history.record(NOON)
    other_redis.kill()
    outage.retry_at = 0
    history.record(NOON)
    assert sent == [("user_came_online", alice.pk)]
    other_redis.start()
    outage.retry_at = 0
    history.record(NOON + MINUTE)
    assert sent == [("user_came_online", alice.pk)]


def test_a_deleted_user_does_not_go(alice, sent, django_capture_on_commit_callbacks):
    presence.mark_online(alice.pk, NOON)
    history.record(NOON)
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    history.record(NOON)
    assert len(sent) == 1


def test_an_error_of_a_receiver_harms_nobody_else(alice, bob, sent, caplog):
    def fail(**kwargs):
        raise ZeroDivisionError

    signals.user_came_online.connect(fail)
    presence.mark_many([alice.pk, bob.pk], NOON)
    history.record(NOON)
    signals.user_came_online.disconnect(fail)
    assert {user_id for _, user_id in sent} == {alice.pk, bob.pk}
    assert "ZeroDivisionError" in caplog.text


async def test_sockets_arrive_and_leave_in_each_process(site, one, two, sent):
    await site.run(1)
    one.opened(ALICE, site.now)
    one.opened(ALICE, site.now)
    await site.run(2)
    assert sorted(sent) == [("user_arrived", ALICE, "one"), ("user_arrived", ALICE, "two")]
    sent.clear()
    one.closed(ALICE, site.now)
    await site.run(10)
    assert sent == []
    one.closed(ALICE, site.now)
    await site.run(10)
    assert sorted(sent) == [("user_left", ALICE, "one"), ("user_left", ALICE, "two")]


async def test_a_reload_sends_nothing(site, one, sent):
    one.opened(ALICE, site.now)
    await site.run(2)
    sent.clear()
    one.closed(ALICE, site.now)
    await site.run(1)
    one.opened(ALICE, site.now)
    await site.run(10)
    assert sent == []


async def test_a_change_to_away_sends_nothing(site, one, sent):
    one.opened(ALICE, site.now)
    await site.run(2)
    sent.clear()
    await site.run(620)
    assert one.away() == {ALICE}
    one.used(ALICE, site.now)
    await site.run(2)
    assert sent == []


async def test_users_of_others_have_not_arrived_when_a_process_starts(site, one, sent):
    one.opened(ALICE, site.now)
    await site.run(2)
    sent.clear()
    three = site.start("three")
    three.opened(BOB, site.now)
    await site.run(3)
    assert three.here() == {ALICE, BOB}
    assert sorted(sent) == [("user_arrived", BOB, "one"), ("user_arrived", BOB, "three")]


async def test_users_of_a_killed_process_leave(site, one, two, sent):
    two.opened(BOB, site.now)
    await site.run(2)
    sent.clear()
    site.kill("two")
    await site.run(20)
    assert sent == [("user_left", BOB, "one")]
