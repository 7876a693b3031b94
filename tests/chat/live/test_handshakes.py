"""Changes that happen during a handshake, after it has read them from the database."""

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

QUERIES = {"sign-in": (socket_auth, "_identify"), "rooms": (room_list, "for_hello")}


@pytest.fixture(params=QUERIES)
def after(request, monkeypatch):
    """`after(act)` calls act right after the next query for the sign-in, or for the rooms. It
    returns a list that grows with each query."""
    module, name = QUERIES[request.param]
    query = getattr(module, name)

    def act_after(act):
        queries = []

        def query_and_act(*args):
            found = query(*args)
            queries.append(name)
            if len(queries) == 1:
                act()
            return found

        monkeypatch.setattr(module, name, query_and_act)
        return queries

    return act_after


async def test_a_session_that_ends_during_the_handshake_closes_the_socket(
    connect, after, alice, bob
):
    theirs = await connect(bob)
    after(lambda: sign_out_all_but(theirs.session))
    mine = await connect(alice)
    assert (mine.hello, mine.close_code) == (None, SIGNED_OUT)
    await theirs.settled()


def sign_out_all_but(session_key: str) -> None:
    Session.objects.exclude(session_key=session_key).delete()


async def test_an_account_deactivated_during_the_handshake_closes_the_socket(connect, after, alice):
    alice.is_active = False
    after(alice.save)
    mine = await connect(alice)
    assert (mine.hello, mine.close_code) == (None, BANNED)


async def test_a_token_revoked_during_the_handshake_closes_the_socket(connect, after, alice):
    token, secret = await run(Token.objects.issue, alice, "bot", "write")
    after(token.delete)
    mine = await connect(alice, Authorization=f"Bearer {secret}")
    assert (mine.hello, mine.close_code) == (None, SIGNED_OUT)


async def test_a_user_invited_during_the_handshake_is_in_the_room(connect, after, alice, bob, den):
    after(lambda: memberships.invite(alice, den.pk, "bob"))
    socket = await connect(bob)
    assert [room["id"] for room in socket.hello["rooms"]] == [den.pk]
    await run(post_message, alice, den)
    assert (await socket.next("activity"))["room"] == den.pk


async def test_a_member_removed_during_the_handshake_is_not_in_the_room(
    connect, after, alice, bob, general, den
):
    await run(memberships.invite, alice, den.pk, "bob")
    after(lambda: memberships.remove(alice, den.pk, bob.pk))
    socket = await connect(bob)
    assert [room["id"] for room in socket.hello["rooms"]] == [general.pk]
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    assert "Secret" not in str(await socket.until("activity"))


async def test_a_room_renamed_during_the_handshake_has_its_new_name(
    connect, after, alice, bob, general
):
    after(lambda: rooms.rename(alice, general.pk, "Town hall"))
    socket = await connect(bob)
    assert [room["name"] for room in socket.hello["rooms"]] == ["Town hall"]


async def test_a_user_who_chooses_to_appear_offline_during_the_handshake_does(
    connect, after, alice, bob, general
):
    theirs = await connect(bob)
    alice.appears_offline = True
    after(alice.save)
    mine = await connect(alice)
    assert alice.pk not in mine.hello["here"]
    for _ in range(2):
        await running_hub().heartbeat.tick()
    frames = [frame for frame in await theirs.settled() if frame["type"] == "presence"]
    assert alice.pk not in [user for frame in frames for user in frame["here"]]


async def test_lost_events_during_the_handshake_are_caught_up(connect, after, alice, bob, den):
    await connect(alice)
    hub = running_hub()

    async def catch_up():
        hub.heartbeat.events_lost()
        await hub.heartbeat.catching_up

    def join_without_event():
        Membership.objects.create(room=den, user=bob)
        asyncio.run_coroutine_threadsafe(catch_up(), hub.loop).result(10)

    after(join_without_event)
    socket = await connect(bob)
    if not socket.hello["rooms"]:
        assert (await socket.next("room"))["room"]["id"] == den.pk


async def test_changes_of_others_cost_no_further_query(
    connect, after, alice, bob, charlie, general
):
    await connect(alice)
    queries = after(lambda: memberships.join(charlie, general.pk))
    await connect(bob)
    assert len(queries) == 1


async def test_a_finished_handshake_leaves_nothing_in_the_registry(
    connect, after, alice, bob, general
):
    await connect(None)
    queries = after(lambda: rooms.rename(alice, general.pk, "Town hall"))
    await connect(bob)
    assert queries
    assert not running_hub().registry.handshakes
