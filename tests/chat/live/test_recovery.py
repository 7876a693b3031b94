"""The hub recovers changes whose events were lost. In these tests no event was ever sent."""

import asyncio
import threading
from base64 import b64encode
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

import presence
from chat.events import events
from chat.live import event_handlers, gap_repair
from chat.live.db_threads import run
from chat.live.hub import Hub, running_hub
from chat.live.recovery import catch_up, compare_memberships
from chat.models import Membership, Message, Room
from chat.protocol.close_codes import BANNED, SIGNED_OUT
from chat.services import history, memberships
from chatsite.accounts.models import Token
from presence.socket_tracker import SocketTracker
from tests.chat.factories import head, post_message
from tests.chat.recording_socket import RecordingSocket, delivered
from tests.conftest import PASSWORD
from tests.waiting import until


def write_without_event(author, room, count: int = 1) -> None:
    last = head(room)
    numbers = range(last + 1, last + count + 1)
    Message.objects.bulk_create(
        Message(
            room=room,
            author=author,
            client_id=f"00000000-0000-0000-0000-{number:012}",
            seq=number,
            version=number,
            post_number=number,
            body="Hello",
            html="<p>Hello</p>",
            created_at="2026-11-21T14:03:05Z",
        )
        for number in numbers
    )
    Room.objects.filter(pk=room.pk).update(head=numbers[-1], post_count=numbers[-1])


async def test_lost_messages_arrive_with_the_catch_up(connect, alice, bob, general):
    mine, theirs = await connect(alice), await connect(bob)
    await mine.open(general)
    await run(write_without_event, bob, general, 3)
    await catch_up(running_hub().registry)
    assert [(await mine.next("message"))["seq"] for _ in range(3)] == [1, 2, 3]
    assert (await theirs.next("activity"))["head"] == 3


async def test_the_next_message_reveals_a_gap(connect, alice, bob, general):
    socket = await connect(alice)
    await socket.open(general)
    await run(write_without_event, bob, general, 2)
    await run(post_message, bob, general)
    assert [(await socket.next("message"))["seq"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("query", [(gap_repair, "_missed"), (history, "heads")])
async def test_after_a_failure_of_the_database_the_next_tick_repairs(
    connect, alice, bob, general, monkeypatch, query
):
    socket, hub = await connect(alice), running_hub()
    await socket.open(general)

    def fail(*args):
        raise OperationalError("the database is away")

    with monkeypatch.context() as outage:
        outage.setattr(*query, fail)
        await run(write_without_event, bob, general)
        await catch_up(hub.registry)
        await until(lambda: hub.registry.needs_catch_up)
    await hub.heartbeat.tick()
    assert (await socket.next("message"))["seq"] == 1
    await until(lambda: not hub.registry.needs_catch_up)


async def test_a_gap_found_during_a_repair_is_repaired(connect, alice, bob, general, monkeypatch):
    socket, query = await connect(alice), gap_repair._missed
    await socket.open(general)
    repaired = threading.Event()

    def query_late(*args):
        monkeypatch.setattr(gap_repair, "_missed", query)
        found = query(*args)
        write_without_event(bob, general)
        post_message(bob, general)
        repaired.wait(2 * gap_repair.GAP_SECONDS)  # times out, as the gap is found meanwhile
        return found

    monkeypatch.setattr(gap_repair, "_missed", query_late)
    await run(write_without_event, bob, general)
    await run(post_message, bob, general)
    assert [(await socket.next("message"))["seq"] for _ in range(4)] == [1, 2, 3, 4]


async def test_a_socket_that_may_not_open_the_room_receives_no_repair(
    alice, bob, den, transactional_db, hub_stopped
):
    hub, socket = Hub(), RecordingSocket(bob)
    feed = hub.registry.feed(den.pk)
    feed.ensure_head(0)
    feed.subscribe(socket)  # which is refused after the query
    await run(write_without_event, alice, den, 501)
    await gap_repair.repair(hub.registry, feed)
    await delivered()
    assert (feed.head, socket.frames) == (501, [])
    await hub.stop()


async def test_too_many_lost_messages_reset_the_room(connect, alice, bob, general):
    socket = await connect(alice)
    await socket.open(general)
    await run(write_without_event, bob, general, 501)
    await catch_up(running_hub().registry)
    assert await socket.next("opened") == {
        "type": "opened",
        "room": general.pk,
        "head": 501,
        "changes": [],
        "reset": True,
    }
    await run(post_message, bob, general)
    assert (await socket.next("message"))["seq"] == 502


async def test_a_lost_removal_is_recovered(connect, alice, bob, general, den):
    await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob)
    await socket.open(den)
    await run(Membership.objects.filter(room=den, user=bob).delete)
    await catch_up(running_hub().registry)
    frame = await socket.next("room")
    assert (frame["room"]["id"], frame["member"]) == (den.pk, False)
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    assert "Secret" not in str(await socket.until("activity"))


async def test_a_lost_invitation_is_recovered(connect, alice, bob, den):
    socket = await connect(bob)
    await run(Membership.objects.create, room=den, user=bob)
    await catch_up(running_hub().registry)
    frame = await socket.next("room")
    assert (frame["room"]["id"], frame["member"]) == (den.pk, True)
    await run(post_message, alice, den)
    assert (await socket.next("activity"))["room"] == den.pk


async def test_a_lost_invitation_reaches_the_older_of_two_sockets(connect, alice, bob, den):
    socket = await connect(bob)
    await run(Membership.objects.create, room=den, user=bob)
    assert [room["id"] for room in (await connect(bob)).hello["rooms"]] == [den.pk]
    await catch_up(running_hub().registry)
    assert (await socket.next("room"))["room"]["id"] == den.pk


async def test_a_lost_invitation_of_a_user_of_another_process_is_recovered(
    connect, alice, bob, charlie, den
):
    mine, hub = await connect(alice), running_hub()
    elsewhere = SocketTracker("elsewhere")
    elsewhere.opened(bob.pk)
    await elsewhere.sync()
    while bob.pk not in hub.registry.shared_rooms.rooms_of:
        await hub.heartbeat.tick()
    await run(Membership.objects.create, room=den, user=bob)
    await catch_up(hub.registry)
    while bob.pk not in (await mine.next("presence"))["here"]:
        pass
    await elsewhere.close()


@pytest.mark.parametrize("offline", [True, False])
async def test_a_lost_change_of_appearing_offline_is_recovered(
    connect, alice, bob, general, offline
):
    alice.appears_offline = not offline
    await run(alice.save)
    await connect(alice)
    hub = running_hub()
    await run(type(alice).objects.filter(pk=alice.pk).update, appears_offline=offline)
    assert (alice.pk in hub.registry.tracker.hidden) != offline
    await catch_up(hub.registry)
    assert (alice.pk in hub.registry.tracker.hidden) == offline


async def test_an_event_that_arrives_after_the_catch_up_is_ignored(
    connect, alice, bob, general, den
):
    socket, hub = await connect(bob), running_hub()
    await run(Membership.objects.create, room=den, user=bob)
    await catch_up(hub.registry)
    hub.dispatch(events.joined_event(den, [bob.pk]))
    await run(Membership.objects.filter(room=den, user=bob).delete)
    await catch_up(hub.registry)
    hub.dispatch(events.left_event(den, bob.pk))
    memberships_sent = [
        frame["member"] for frame in await socket.settled() if frame["type"] == "room"
    ]
    assert memberships_sent == [True, False]


async def test_a_user_who_joins_during_the_comparison_stays_a_member(connect, alice, bob, den):
    socket = await connect(bob)
    comparing = asyncio.create_task(compare_memberships(running_hub().registry, [bob.pk]))
    await asyncio.sleep(0)
    event_handlers.joined(running_hub().registry, events.joined_event(den, [bob.pk]))
    await comparing
    assert (await socket.next("room"))["member"] is True
    assert "room" not in [frame["type"] for frame in await socket.settled()]


async def test_a_user_who_leaves_during_the_comparison_stays_away(connect, alice, bob, den):
    await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob)
    comparing = asyncio.create_task(compare_memberships(running_hub().registry, [bob.pk]))
    await asyncio.sleep(0)
    event_handlers.left(running_hub().registry, events.left_event(den, bob.pk))
    await comparing
    assert (await socket.next("room"))["member"] is False
    assert "room" not in [frame["type"] for frame in await socket.settled()]


async def test_a_lost_room_deletion_is_recovered(connect, alice, bob, general, den):
    socket = await connect(alice)
    await socket.open(den)
    await run(den.delete)
    await catch_up(running_hub().registry)
    assert (await socket.next("room"))["member"] is False
    await run(post_message, bob, general)
    assert (await socket.next("activity"))["room"] == general.pk


async def test_a_lost_sign_out_closes_the_socket(connect, alice, bob):
    mine, theirs = await connect(alice), await connect(bob)
    sessions = Session.objects.filter(session_key=mine.session)
    await run(sessions._raw_delete, sessions.db)
    await catch_up(running_hub().registry)
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


async def test_a_revoked_or_expired_token_closes_its_sockets(connect, alice):
    tokens = [await run(Token.objects.issue, alice, "bot", "read") for _ in range(3)]
    by = [{"Authorization": f"Bearer {secret}"} for _, secret in tokens]
    revoked, expired, good = [await connect(alice, **headers) for headers in by]
    pks = [token.pk for token, _ in tokens]
    await run(Token.objects.filter(pk=pks[0])._raw_delete, "default")
    now = timezone.now()
    await run(Token.objects.filter(pk=pks[1]).update, expires_at=now)
    await run(Token.objects.filter(pk=pks[2]).update, expires_at=now + timedelta(minutes=5))
    await catch_up(running_hub().registry)
    assert [await socket.closed() for socket in (revoked, expired)] == [SIGNED_OUT] * 2
    await good.settled()


async def test_a_lost_password_change_closes_sockets_with_basic_authentication(connect, alice, bob):
    """A socket with Basic authentication has no session that the change would end."""
    mine, theirs = [await connect(user, **basic_headers(user.username)) for user in (alice, bob)]
    await run(type(alice).objects.filter(pk=alice.pk).update, password="!")
    await catch_up(running_hub().registry)
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


def basic_headers(username: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{PASSWORD}".encode()).decode()}


async def test_a_lost_deactivation_closes_the_socket(connect, alice, bob, django_user_model):
    mine, theirs = await connect(alice), await connect(bob)
    await run(django_user_model.objects.filter(pk=alice.pk).update, is_active=False)
    await run(presence.mark_online, alice.pk)
    await catch_up(running_hub().registry)
    assert await mine.closed() == BANNED
    while await run(presence.is_online, [alice.pk]):
        await theirs.settled()
    await theirs.settled()


async def test_a_lost_deletion_closes_the_socket_as_a_deletion_does(
    connect, alice, bob, monkeypatch
):
    """A catch-up may find that the row is gone before the event of the deletion arrives."""
    mine, theirs = await connect(alice), await connect(bob)
    monkeypatch.setattr(events, "publish", lambda event: None)
    await run(alice.delete)
    await catch_up(running_hub().registry)
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


async def test_a_change_lost_during_a_catch_up_is_recovered(
    connect, alice, bob, general, den, monkeypatch
):
    socket, hub, query = await connect(bob), running_hub(), history.heads

    def query_and_lose(room_ids):  # the catch-up reads the rooms' heads last
        monkeypatch.setattr(history, "heads", query)
        Membership.objects.create(room=den, user=bob)
        hub.loop.call_soon_threadsafe(hub.heartbeat.events_lost)
        return query(room_ids)

    monkeypatch.setattr(history, "heads", query_and_lose)
    hub.heartbeat.catch_up()
    assert (await socket.next("room"))["room"]["id"] == den.pk
