"""What others see of somebody: here, away, online, seen some time ago, or nothing."""

from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async

import presence
from presence import history
from presence.sockets import AWAY_SECONDS, Sockets
from presence.status import State, Status, statuses

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
ALICE, BOB = 1, 2


def at(**age):
    return NOON - timedelta(**age)


async def test_a_socket_is_here_and_away_when_it_is_not_used(transactional_db):
    sockets = Sockets("one")
    sockets.opened(ALICE, NOON)
    sockets.opened(BOB, at(seconds=AWAY_SECONDS))
    await sockets.sync(NOON)
    known = await sync_to_async(statuses)([ALICE, BOB], NOON)
    assert [known[ALICE].state, known[BOB].state] == [State.HERE, State.AWAY]


def test_a_request_lately_is_online(alice):
    presence.mark_online(alice.pk, at(minutes=2))
    assert statuses([alice.pk], NOON) == {alice.pk: Status(State.ONLINE, at(minutes=2))}


def test_a_request_long_ago_is_seen(alice):
    presence.mark_online(alice.pk, at(hours=3))
    history.write_last_seen(at(hours=3))
    assert statuses([alice.pk], NOON) == {alice.pk: Status(State.SEEN, at(hours=3))}


def test_who_was_never_here_is_off(alice):
    assert statuses([alice.pk], NOON) == {alice.pk: Status(State.OFF, None)}
