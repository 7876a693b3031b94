from uuid import uuid4

import pytest

from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.models import Membership
from chat.protocol.server_frames import author
from chat.services import memberships, rooms
from tests.chat.factories import post_message


async def typing_count(socket) -> int:
    return [frame["type"] for frame in await socket.until("message")].count("typing")


async def post(socket, room) -> None:
    await socket.ask("post", "posted", room=room.pk, client_id=str(uuid4()), body="Hello")


async def test_typing_reaches_the_others_once_in_three_seconds(
    connect, url, alice, bob, charlie, general
):
    mine, tab, theirs, elsewhere = [
        await connect(user, url) for user in (alice, alice, bob, charlie)
    ]
    for socket in (mine, tab, theirs):
        await socket.open(general)
    for _ in range(3):
        await mine.send("typing", room=general.pk)
    assert await theirs.next("typing") == {
        "type": "typing",
        "room": general.pk,
        "user": alice.pk,
        "name": "Alice",
    }
    await post(mine, general)
    assert await typing_count(theirs) == 0
    assert await typing_count(tab) == 0
    assert not [frame for frame in await elsewhere.settled() if frame["type"] == "typing"]


async def test_typing_is_sent_again_after_three_seconds(connect, alice, bob, general, monkeypatch):
    mine, theirs = await connect(alice), await connect(bob)
    for socket in (mine, theirs):
        await socket.open(general)
    await mine.send("typing", room=general.pk)
    await theirs.next("typing")
    monkeypatch.setattr("chat.consumers.TYPING_SECONDS", 0)  # they have passed
    await mine.send("typing", room=general.pk)
    await theirs.next("typing")


async def test_typing_of_a_user_who_appears_offline_is_not_sent(connect, url, alice, bob, general):
    alice.appears_offline = True
    await run(alice.save)
    mine, theirs = await connect(alice, url), await connect(bob, url)
    for socket in (mine, theirs):
        await socket.open(general)
    await mine.send("typing", room=general.pk)
    await post(mine, general)
    assert await typing_count(theirs) == 0


async def test_typing_in_a_room_that_is_not_open_is_forbidden(connect, url, alice, general):
    socket = await connect(alice, url)
    assert (await socket.ask("typing", "error", room=general.pk))["code"] == "forbidden"


async def test_other_sockets_of_the_reader_receive_the_read_position(
    connect, url, alice, bob, general
):
    await run(post_message, bob, general)
    here, there, theirs = [await connect(user, url) for user in (alice, alice, bob)]
    for socket in (here, theirs):
        await socket.open(general)
    await here.send("read", room=general.pk, seq=1)
    assert await there.next("read") == {
        **{"type": "read", "room": general.pk, "seq": 1},
        **{"head": 1, "unread": 0, "mentions": 0},
    }
    assert (await run(Membership.objects.get, user=alice, room=general)).last_read_seq == 1
    await here.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    for socket in (here, theirs):
        assert "read" not in [frame["type"] for frame in await socket.until("message")]


async def test_an_earlier_read_position_is_not_sent_again(connect, url, alice, bob, general):
    await run(post_message, bob, general)
    here, there = await connect(alice, url), await connect(alice, url)
    for seq in (1, 1, 0):
        await here.send("read", room=general.pk, seq=seq)
    await here.settled()
    await post(here, general)
    kinds = [frame["type"] for frame in await there.until("activity")]
    assert kinds.count("read") == 1


async def test_reading_in_a_foreign_room_leaves_nothing_on_the_socket(connect, alice, bob, den):
    socket = await connect(bob)
    for room_id in range(den.pk, den.pk + 20):
        assert (await socket.ask("read", "error", room=room_id, seq=1))["code"] == "forbidden"
    [server_socket] = running_hub().registry.sockets
    assert server_socket.read_seqs == {}


async def test_reading_on_a_page_reaches_all_sockets_of_the_reader(
    connect, url, alice, bob, general
):
    await run(post_message, bob, general)
    socket = await connect(alice, url)
    await run(memberships.mark_read, alice, general.pk, 1)
    assert (await socket.next("read"))["seq"] == 1


async def test_an_invited_user_receives_the_room_immediately(connect, url, alice, bob, den):
    socket = await connect(bob, url)
    await run(memberships.invite, alice, den.pk, "bob")
    frame = await socket.next("room")
    assert frame == {
        "type": "room",
        "room": {"id": den.pk, "kind": "private", "name": "Den", "head": 0, "archived": False},
        "member": True,
        "by": author(alice),
    }
    await run(post_message, alice, den)
    assert (await socket.next("activity"))["room"] == den.pk


async def test_a_direct_conversation_names_its_people(connect, url, alice, bob):
    socket = await connect(bob, url)
    await run(rooms.direct, alice, [bob.pk])
    assert (await socket.next("room"))["room"]["people"] == [alice.pk, bob.pk]


async def test_members_receive_the_new_name_of_a_room(connect, url, alice, bob, charlie, general):
    mine, stranger = await connect(bob, url), await connect(charlie, url)
    await run(rooms.rename, alice, general.pk, "Town hall")
    frame = await mine.next("room")
    assert (frame["room"]["name"], frame["member"]) == ("Town hall", True)
    assert not [frame for frame in await stranger.settled() if frame["type"] == "room"]


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_member_removed_from_a_private_room_receives_nothing_more(
    connect, url, alice, bob, general, den, is_open
):
    await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob, url)
    if is_open:
        await socket.open(den)
    await run(memberships.remove, alice, den.pk, bob.pk)
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)  # arrives after the removal
    frames = await socket.until("activity")
    assert frames[-1]["room"] == general.pk
    assert [f["member"] for f in frames if f["type"] == "room"] == [False]
    assert "Secret" not in str(frames)
    assert (await socket.ask("open", "error", room=den.pk, since=0))["code"] == "forbidden"


async def test_a_former_member_still_receives_messages_of_an_open_public_room(
    connect, url, alice, bob, general
):
    socket = await connect(bob, url)
    await socket.open(general)
    await run(memberships.leave, bob, general.pk)
    assert (await socket.next("room"))["member"] is False
    await run(post_message, alice, general)
    assert (await socket.next("message"))["seq"] == 1


async def test_members_receive_arrivals_and_departures(connect, url, alice, bob, general):
    mine = await connect(alice, url)
    theirs = await connect(bob, url)
    while bob.pk not in (frame := await mine.next("presence"))["here"]:
        assert bob.pk not in frame["left"]
    await theirs.end()
    while bob.pk not in (frame := await mine.next("presence"))["left"]:
        assert bob.pk not in frame["here"]
