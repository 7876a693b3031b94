"""What happens during a handshake, after the database was asked for what it changes."""

import asyncio

import pytest
from django.contrib.sessions.models import Session

from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.models import Membership
from chat.protocol.close_codes import BANNED, SIGNED_OUT
from chat.services import memberships, room_list, rooms
from chatsite.accounts import socket_auth
from chatsite.accounts.models import Token
from tests.chat.factories import post_message

LOOKS = {"sign-in": (socket_auth, "_identify"), "rooms": (room_list, "for_hello")}


@pytest.fixture(params=LOOKS)
def after(request, monkeypatch):
    """`after(act)`: act right after the next look at the sign-in, or at the rooms. It answers a
    list that grows with each look."""
    module, name = LOOKS[request.param]
    look = getattr(module, name)

    def act_after(act):
        looks = []

        def look_and_act(*args):
            found = look(*args)
            looks.append(name)
            if len(looks) == 1:
                act()
            return found

        monkeypatch.setattr(module, name, look_and_act)
        return looks

    return act_after


async def test_signed_out(connect, after, alice, bob):
    theirs = await connect(bob)
    after(lambda: sign_out_all_but(theirs.session))
    mine = await connect(alice)
    assert (mine.hello, mine.close_code) == (None, SIGNED_OUT)
    await theirs.settled()


def sign_out_all_but(session_key: str) -> None:
    Session.objects.exclude(session_key=session_key).delete()


async def test_banned(connect, after, alice):
    alice.is_active = False
    after(alice.save)
    mine = await connect(alice)
    assert (mine.hello, mine.close_code) == (None, BANNED)


async def test_a_token_revoked(connect, after, alice):
    token, secret = await run(Token.objects.issue, alice, "bot", "write")
    after(token.delete)
    mine = await connect(alice, Authorization=f"Bearer {secret}")
    assert (mine.hello, mine.close_code) == (None, SIGNED_OUT)


async def test_brought_into_a_room(connect, after, alice, bob, den):
    after(lambda: memberships.invite(alice, den.pk, "bob"))
    socket = await connect(bob)
    assert [room["id"] for room in socket.hello["rooms"]] == [den.pk]
    await run(post_message, alice, den)
    assert (await socket.next("activity"))["room"] == den.pk


async def test_removed_from_a_room(connect, after, alice, bob, general, den):
    await run(memberships.invite, alice, den.pk, "bob")
    after(lambda: memberships.remove(alice, den.pk, bob.pk))
    socket = await connect(bob)
    assert [room["id"] for room in socket.hello["rooms"]] == [general.pk]
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    assert "Secret" not in str(await socket.until("activity"))


async def test_a_room_renamed(connect, after, alice, bob, general):
    after(lambda: rooms.rename(alice, general.pk, "Town hall"))
    socket = await connect(bob)
    assert [room["name"] for room in socket.hello["rooms"]] == ["Town hall"]


async def test_gone_into_hiding(connect, after, alice, bob, general):
    theirs = await connect(bob)
    alice.appears_offline = True
    after(alice.save)
    mine = await connect(alice)
    assert alice.pk not in mine.hello["here"]
    for _ in range(2):
        await running_hub().heartbeat.tick()
    told = [frame for frame in await theirs.settled() if frame["type"] == "presence"]
    assert alice.pk not in [user for frame in told for user in frame["here"]]


async def test_events_lost(connect, after, alice, bob, den):
    await connect(alice)
    hub = running_hub()

    async def catch_up():
        hub.heartbeat.events_lost()
        await hub.heartbeat.catching_up

    def join_unheard():
        Membership.objects.create(room=den, user=bob)
        asyncio.run_coroutine_threadsafe(catch_up(), hub.loop).result(10)

    after(join_unheard)
    socket = await connect(bob)
    if not socket.hello["rooms"]:
        assert (await socket.next("room"))["room"]["id"] == den.pk


async def test_what_others_do_costs_no_further_look(connect, after, alice, bob, charlie, general):
    await connect(alice)
    looks = after(lambda: memberships.join(charlie, general.pk))
    await connect(bob)
    assert len(looks) == 1


async def test_nothing_is_left_of_a_handshake(connect, after, alice, bob, general):
    await connect(None)
    looks = after(lambda: rooms.rename(alice, general.pk, "Town hall"))
    await connect(bob)
    assert looks
    assert not running_hub().registry.handshakes
