"""The status of a user: here, away, online, seen some time ago, or nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

import presence
from presence import history
from presence.checks import check
from presence.socket_tracker import AWAY_SECONDS, SocketTracker
from presence.user_status import State, UserStatus, statuses

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
ALICE, BOB = 1, 2


def at(**age):
    return NOON - timedelta(**age)


async def test_a_socket_is_here_and_an_unused_one_is_away(transactional_db):
    sockets = SocketTracker("one")
    sockets.opened(ALICE, NOON)
    sockets.opened(BOB, at(seconds=AWAY_SECONDS))
    await sockets.sync(NOON)
    known = await sync_to_async(statuses)([ALICE, BOB], NOON)
    assert [known[ALICE].state, known[BOB].state] == [State.HERE, State.AWAY]


def test_a_recent_request_is_online(alice):
    presence.mark_online(alice.pk, at(minutes=2))
    assert statuses([alice.pk], NOON) == {alice.pk: UserStatus(State.ONLINE, at(minutes=2))}


def test_an_old_request_is_seen(alice):
    presence.mark_online(alice.pk, at(hours=3))
    history.write_last_seen(at(hours=3))
    assert statuses([alice.pk], NOON) == {alice.pk: UserStatus(State.SEEN, at(hours=3))}


@pytest.mark.parametrize("backend", ["database.DatabasePresence", "memory.MemoryPresence"])
def test_a_project_without_redis_does_not_look_for_it(
    settings, backend, alice, round_trips, caplog
):
    settings.PRESENCE = {"BACKEND": f"presence.backends.{backend}", "REDIS_URL": None}
    presence.mark_online(alice.pk, NOON)
    assert statuses([alice.pk], NOON)[alice.pk].state == State.ONLINE
    assert presence.here([alice.pk]) == presence.here_user_ids() == set()
    assert check() == []
    assert round_trips == caplog.records == []


def test_a_user_who_was_never_here_is_off(alice):
    assert statuses([alice.pk], NOON) == {alice.pk: UserStatus(State.OFF, None)}
