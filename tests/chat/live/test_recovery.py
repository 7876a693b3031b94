"""The channel layer lost something: here nothing was ever sent."""

import asyncio
import threading
from base64 import b64encode
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
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


def write_unheard(author, room, count: int = 1) -> None:
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


async def test_messages(connect, alice, bob, general):
    mine, theirs = await connect(alice), await connect(bob)
    await mine.open(general)
    await run(write_unheard, bob, general, 3)
    await catch_up(running_hub().registry)
    assert [(await mine.next("message"))["seq"] for _ in range(3)] == [1, 2, 3]
    assert (await theirs.next("activity"))["head"] == 3


async def test_a_gap_shows_when_the_next_message_comes(connect, alice, bob, general):
    socket = await connect(alice)
    await socket.open(general)
    await run(write_unheard, bob, general, 2)
    await run(post_message, bob, general)
    assert [(await socket.next("message"))["seq"] for _ in range(3)] == [1, 2, 3]


async def test_a_gap_that_shows_while_another_is_mended(connect, alice, bob, general, monkeypatch):
    socket, look = await connect(alice), gap_repair._missed
    await socket.open(general)
    mended = threading.Event()

    def look_late(*args):
        monkeypatch.setattr(gap_repair, "_missed", look)
        found = look(*args)
        write_unheard(bob, general)
        post_message(bob, general)
        mended.wait(2 * gap_repair.GAP_SECONDS)  # in vain: the gap is seen meanwhile
        return found

    monkeypatch.setattr(gap_repair, "_missed", look_late)
    await run(write_unheard, bob, general)
    await run(post_message, bob, general)
    assert [(await socket.next("message"))["seq"] for _ in range(4)] == [1, 2, 3, 4]


async def test_who_may_not_see_a_room_hears_of_no_mending(
    alice, bob, den, transactional_db, hub_stopped
):
    hub, socket = Hub(), RecordingSocket(bob)
    feed = hub.registry.feed(den.pk)
    feed.learn_head(0)
    feed.subscribe(socket)  # and is refused when the database has answered
    await run(write_unheard, alice, den, 501)
    await gap_repair.repair(hub.registry, feed)
    await delivered()
    assert (feed.head, socket.frames) == (501, [])
    await hub.stop()


async def test_too_many_messages(connect, alice, bob, general):
    socket = await connect(alice)
    await socket.open(general)
    await run(write_unheard, bob, general, 501)
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


async def test_a_removal(connect, alice, bob, general, den):
    await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob)
    await socket.open(den)
    await run(Membership.objects.filter(room=den, user=bob).delete)
    await catch_up(running_hub().registry)
    told = await socket.next("room")
    assert (told["room"]["id"], told["member"]) == (den.pk, False)
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    assert "Secret" not in str(await socket.until("activity"))


async def test_an_invitation(connect, alice, bob, den):
    socket = await connect(bob)
    await run(Membership.objects.create, room=den, user=bob)
    await catch_up(running_hub().registry)
    told = await socket.next("room")
    assert (told["room"]["id"], told["member"]) == (den.pk, True)
    await run(post_message, alice, den)
    assert (await socket.next("activity"))["room"] == den.pk


async def test_an_invitation_that_one_of_two_pages_knows_of(connect, alice, bob, den):
    socket = await connect(bob)
    await run(Membership.objects.create, room=den, user=bob)
    assert [room["id"] for room in (await connect(bob)).hello["rooms"]] == [den.pk]
    await catch_up(running_hub().registry)
    assert (await socket.next("room"))["room"]["id"] == den.pk


async def test_the_rooms_of_somebody_of_another_process(connect, alice, bob, charlie, den):
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
async def test_somebody_who_went_into_hiding_or_came_out(connect, alice, bob, general, offline):
    alice.appears_offline = not offline
    await run(alice.save)
    await connect(alice)
    hub = running_hub()
    await run(type(alice).objects.filter(pk=alice.pk).update, appears_offline=offline)
    assert (alice.pk in hub.registry.present.hidden) != offline
    await catch_up(hub.registry)
    assert (alice.pk in hub.registry.present.hidden) == offline


async def test_an_event_that_comes_after_all_is_not_told_again(connect, alice, bob, general, den):
    socket, hub = await connect(bob), running_hub()
    await run(Membership.objects.create, room=den, user=bob)
    await catch_up(hub.registry)
    hub.dispatch(events.joining(den, [bob.pk]))
    await run(Membership.objects.filter(room=den, user=bob).delete)
    await catch_up(hub.registry)
    hub.dispatch(events.leaving(den, bob.pk))
    told = [frame["member"] for frame in await socket.settled() if frame["type"] == "room"]
    assert told == [True, False]


async def test_who_comes_while_the_rooms_are_compared_is_not_sent_away(connect, alice, bob, den):
    socket = await connect(bob)
    comparing = asyncio.create_task(compare_memberships(running_hub().registry, [bob.pk]))
    await asyncio.sleep(0)
    event_handlers.joined(running_hub().registry, events.joining(den, [bob.pk]))
    await comparing
    assert (await socket.next("room"))["member"] is True
    assert "room" not in [frame["type"] for frame in await socket.settled()]


async def test_who_leaves_while_the_rooms_are_compared_is_not_brought_back(
    connect, alice, bob, den
):
    await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob)
    comparing = asyncio.create_task(compare_memberships(running_hub().registry, [bob.pk]))
    await asyncio.sleep(0)
    event_handlers.left(running_hub().registry, events.leaving(den, bob.pk))
    await comparing
    assert (await socket.next("room"))["member"] is False
    assert "room" not in [frame["type"] for frame in await socket.settled()]


async def test_a_room_that_is_gone(connect, alice, bob, general, den):
    socket = await connect(alice)
    await socket.open(den)
    await run(den.delete)
    await catch_up(running_hub().registry)
    assert (await socket.next("room"))["member"] is False
    await run(post_message, bob, general)
    assert (await socket.next("activity"))["room"] == general.pk


async def test_a_session_that_ended(connect, alice, bob):
    mine, theirs = await connect(alice), await connect(bob)
    sessions = Session.objects.filter(session_key=mine.session)
    await run(sessions._raw_delete, sessions.db)
    await catch_up(running_hub().registry)
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


async def test_a_token_that_was_revoked_or_has_expired(connect, alice):
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


async def test_a_password_that_is_another(connect, alice, bob):
    """A socket by Basic has no session that would end with it."""
    mine, theirs = [await connect(user, **basic(user.username)) for user in (alice, bob)]
    await run(type(alice).objects.filter(pk=alice.pk).update, password="!")
    await catch_up(running_hub().registry)
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


def basic(username: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{PASSWORD}".encode()).decode()}


async def test_an_account_that_was_closed(connect, alice, bob, django_user_model):
    mine, theirs = await connect(alice), await connect(bob)
    await run(django_user_model.objects.filter(pk=alice.pk).update, is_active=False)
    await run(presence.mark_online, alice.pk)
    await catch_up(running_hub().registry)
    assert await mine.closed() == BANNED
    while await run(presence.is_online, [alice.pk]):
        await theirs.settled()
    await theirs.settled()


async def test_what_is_lost_during_a_catch_up(connect, alice, bob, general, den, monkeypatch):
    socket, hub, look = await connect(bob), running_hub(), history.heads

    def look_and_lose(room_ids):  # the rooms' heads are looked at last
        monkeypatch.setattr(history, "heads", look)
        Membership.objects.create(room=den, user=bob)
        hub.loop.call_soon_threadsafe(hub.heartbeat.events_lost)
        return look(room_ids)

    monkeypatch.setattr(history, "heads", look_and_lose)
    hub.heartbeat.catch_up()
    assert (await socket.next("room"))["room"]["id"] == den.pk
