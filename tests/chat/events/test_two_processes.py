from uuid import uuid4

import pytest

from chat.live.db_threads import run
from chat.models import Membership, Message
from chat.protocol.close_codes import SIGNED_OUT
from chat.services import editing, memberships, rooms, sign_outs
from tests.chat.factories import post_message
from tests.site import Site


@pytest.fixture(scope="module")
def urls(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Site(processes=2) as site:
        yield [web.url for web in site.webs]


@pytest.fixture
async def sockets(connect, urls, alice, bob, general):
    """The sockets of alice at one process and of bob at the other, with General open."""
    sockets = [await connect(user, url) for user, url in zip((alice, bob), urls, strict=True)]
    for socket in sockets:
        await socket.open(general)
    return sockets


async def test_the_sockets_are_at_two_processes(sockets):
    mine, theirs = sockets
    assert mine.hello["server"] != theirs.hello["server"]


async def test_a_message_reaches_the_other_process(sockets, alice, general):
    mine, theirs = sockets
    for socket, other in ((mine, theirs), (theirs, mine)):
        client_id = str(uuid4())
        await socket.send("post", room=general.pk, client_id=client_id, body="Hello")
        assert (await other.next("message"))["client_id"] == client_id
        assert (await socket.next("message"))["client_id"] == client_id


async def test_the_same_post_to_both_processes_is_one_message(
    sockets, connect, urls, alice, general
):
    mine, again = sockets[0], await connect(alice, urls[1])
    post = {"room": general.pk, "client_id": str(uuid4()), "body": "Hello"}
    for socket in (mine, again) * 25:
        await socket.send("post", **post)
    answers = [await socket.next("posted") for socket in (mine, again) for _ in range(25)]
    assert all(answer == answers[0] for answer in answers)
    assert await run(Message.objects.count) == 1


async def test_both_processes_send_all_versions_in_order(sockets, general):
    for number in range(40):
        post = {"room": general.pk, "client_id": str(uuid4()), "body": "Hello"}
        await sockets[number % 2].send("post", **post)
    for socket in sockets:
        assert [(await socket.next("message"))["version"] for _ in range(40)] == list(range(1, 41))


async def test_changes_reach_the_other_process(sockets, alice, general):
    message = await run(post_message, alice, general)  # by a third process, this one
    await sockets[0].send("edit", message=message.pk, body="Other words")
    await sockets[1].send("react", message=message.pk, emoji="👍", on=True)
    for socket in sockets:
        while (await socket.next("message"))["version"] < 3:
            pass
    await run(editing.delete, alice, message.pk)
    for socket in sockets:
        assert (await socket.next("message"))["deleted"]


async def test_typing_reaches_the_other_process(sockets, alice, general):
    await sockets[0].send("typing", room=general.pk)
    assert (await sockets[1].next("typing"))["user"] == alice.pk


async def test_a_read_position_reaches_the_other_process(
    sockets, connect, urls, alice, bob, general
):
    await run(post_message, bob, general)
    elsewhere = await connect(alice, urls[1])
    await sockets[0].send("read", room=general.pk, seq=1)
    assert (await elsewhere.next("read"))["seq"] == 1


async def test_a_removal_reaches_the_other_process(sockets, alice, bob, general, den):
    await run(memberships.invite, alice, den.pk, "bob")
    await sockets[1].next("room")
    await sockets[1].open(den)
    await run(memberships.remove, alice, den.pk, bob.pk)
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    frames = await sockets[1].until("message")
    assert frames[-1]["room"] == general.pk
    assert "Secret" not in str(frames)
    assert not await run(Membership.objects.filter(user=bob, room=den).exists)


async def test_a_sign_out_reaches_the_other_process(sockets, connect, urls, alice):
    mine, theirs = sockets
    other = await connect(alice, urls[1])
    await run(sign_outs.end_user, alice.pk)
    assert [await socket.closed() for socket in (mine, other)] == [SIGNED_OUT, SIGNED_OUT]
    await theirs.settled()


async def test_each_process_knows_the_people_of_the_other(sockets, connect, urls, charlie, general):
    await run(memberships.join, charlie, general.pk)
    theirs = await connect(charlie, urls[0])
    while charlie.pk not in (await sockets[1].next("presence"))["here"]:
        pass
    again = await connect(charlie, urls[1])
    assert {socket.hello["user"]["id"] for socket in (*sockets, theirs)} <= set(again.hello["here"])


async def test_presence_goes_only_to_people_who_share_a_room(
    sockets, connect, urls, alice, bob, charlie, staff
):
    """Dora arrives last: her frame would come after one for charlie if there were one."""
    theirs = await connect(charlie, urls[0])
    await run(rooms.direct, bob, [staff.pk])
    await connect(staff, urls[0])
    arrived = []
    while staff.pk not in arrived:
        arrived += (await sockets[1].next("presence"))["here"]
    assert charlie.pk not in arrived
    assert not {alice.pk, bob.pk} & set(theirs.hello["here"])


async def test_people_who_meet_in_a_new_room_receive_each_other(
    sockets, connect, urls, bob, charlie
):
    theirs = await connect(charlie, urls[0])
    await run(rooms.direct, bob, [charlie.pk])
    for socket, other in ((theirs, bob), (sockets[1], charlie)):
        await socket.next("room")
        while other.pk not in (await socket.next("presence"))["here"]:
            pass
