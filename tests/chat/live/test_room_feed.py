import asyncio
from dataclasses import dataclass

import pytest

from chat.live.room_feed import RoomFeed
from chat.live.write_queue import WriteQueue
from chat.protocol.server_frames import encode
from tests.chat.recording_socket import RecordingSocket, delivered


@dataclass
class Person:
    pk: int


ALICE, BOB, CHARLIE = Person(1), Person(2), Person(3)


def change(
    version: int, seq: int | None = None, mentions=(), author: int = 1, recount: bool = True
) -> dict:
    """A post, or a later change of the post `seq`."""
    frame = {"type": "message", "version": version}
    return {
        "id": seq or version,
        "client_id": f"client {seq or version}",
        "seq": seq or version,
        "version": version,
        "author": author,
        "name": "Alice",
        "mentions": list(mentions),
        "recount": recount,
        "preview": f"Number {version}",
        "html": encode({**frame, "html": ""}),
        "json": encode({**frame, "data": {}}),
    }


@pytest.fixture
async def queue():
    return WriteQueue(asyncio.get_running_loop())


@pytest.fixture
def feed():
    """Of a room that is known up to version 10."""
    feed = RoomFeed(7)
    feed.learn_head(10)
    return feed


@pytest.fixture
def socket(feed):
    socket = RecordingSocket(ALICE)
    feed.open.add(socket)
    return socket


async def heard(feed, queue, socket) -> list[int]:
    feed.flush(queue)
    await delivered()
    return [frame["version"] for frame in socket.of("message")]


async def test_in_order(feed, queue, socket):
    assert not feed.receive([change(11), change(12)])
    assert await heard(feed, queue, socket) == [11, 12]
    assert feed.head == 12


async def test_out_of_order(feed, queue, socket):
    assert feed.receive([change(12)])
    assert feed.receive([change(13)])
    assert not feed.receive([change(11)])
    assert await heard(feed, queue, socket) == [11, 12, 13]


async def test_twice(feed, queue, socket):
    for version in (9, 10, 11, 11, 12, 11):
        feed.receive([change(version)])
    assert await heard(feed, queue, socket) == [11, 12]


async def test_nothing_comes_after_a_gap(feed, queue, socket):
    assert feed.receive([change(12)])
    assert await heard(feed, queue, socket) == []
    assert feed.head == 10


async def test_a_gap_is_repaired(feed, queue, socket):
    feed.receive([change(13)])
    assert not feed.repair([change(11), change(12)], head=12)
    assert await heard(feed, queue, socket) == [11, 12, 13]


async def test_a_superseded_version_is_no_gap(feed, queue, socket):
    feed.receive([change(13, seq=11)])
    assert not feed.repair([change(12), change(13, seq=11)], head=13)
    assert await heard(feed, queue, socket) == [12, 13]


async def test_a_gap_after_the_repaired_one(feed, queue, socket):
    feed.receive([change(12), change(14)])
    assert feed.repair([change(11), change(12)], head=12)
    assert await heard(feed, queue, socket) == [11, 12]


async def test_a_repair_that_comes_late_changes_nothing(feed, queue, socket):
    feed.receive([change(11), change(12)])
    feed.repair([change(11)], head=11)
    assert await heard(feed, queue, socket) == [11, 12]
    assert feed.head == 12


async def test_what_comes_before_the_head_is_known_waits_for_it(queue):
    feed, socket = RoomFeed(7), RecordingSocket(ALICE)
    feed.open.add(socket)
    for version in (5, 6, 7):
        assert not feed.receive([change(version)])
    assert feed.learn_head(5) == 7
    assert await heard(feed, queue, socket) == [6, 7]
    assert feed.learn_head(99) == 7


OPENED = encode({"type": "opened"})


async def test_a_socket_that_opens_gets_what_follows(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.receive([change(11), change(12)])
    assert await heard(feed, queue, socket) == []
    assert not feed.lacks(socket, head=11)
    feed.catch_up(socket, 11, OPENED, queue)
    feed.receive([change(13)])
    assert await heard(feed, queue, socket) == [12, 13]
    assert socket.frames[0] == {"type": "opened"}


async def test_what_had_come_but_not_left_does_not_come_twice(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.receive([change(11)])
    feed.catch_up(socket, 10, OPENED, queue)
    assert await heard(feed, queue, socket) == [11]


async def test_what_the_database_told_before_the_channel_layer_does_not_come_twice(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.catch_up(socket, 12, OPENED, queue)
    feed.receive([change(11), change(12), change(13)])
    assert await heard(feed, queue, socket) == [13]
    feed.receive([change(14)])
    assert await heard(feed, queue, socket) == [13, 14]


async def test_opened_anew_nothing_comes_twice(feed, queue, socket):
    feed.subscribe(socket)
    feed.receive([change(11)])
    assert await heard(feed, queue, socket) == []
    feed.catch_up(socket, 10, OPENED, queue)
    assert await heard(feed, queue, socket) == [11]


async def test_opened_behind_what_is_still_to_be_written(feed, queue, socket):
    feed.receive([change(11)])
    feed.flush(queue)
    feed.subscribe(socket)
    feed.catch_up(socket, 11, OPENED, queue)
    await delivered(2)
    assert [frame["type"] for frame in socket.frames] == ["message", "opened"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_closed_while_it_opens(feed, queue, wanted):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.catch_up(socket, 12, OPENED, queue)
    if not wanted:
        feed.unsubscribe(socket)
    feed.receive([change(11), change(12), change(13)])
    assert await heard(feed, queue, socket) == ([13] if wanted else [])


def test_another_socket_that_looked_later_made_the_room_known():
    feed, socket = RoomFeed(7), RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.learn_head(12)
    feed.receive([change(13)])
    assert feed.lacks(socket, head=11)
    feed.subscribe(socket)
    assert not feed.lacks(socket, head=13)


def test_over_what_was_lost_nobody_opens_a_room(feed):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.repair([], head=600)
    assert feed.lacks(socket, head=10)
    assert not feed.lacks(socket, head=600)


async def test_each_in_its_format(feed, queue, socket):
    program = RecordingSocket(BOB, html=False)
    feed.open.add(program)
    feed.receive([change(11)])
    feed.flush(queue)
    await delivered()
    assert socket.frames == [{"type": "message", "version": 11, "html": ""}]
    assert program.frames == [{"type": "message", "version": 11, "data": {}}]


async def test_members_who_look_elsewhere_hear_of_activity(feed, queue, socket):
    bob = RecordingSocket(BOB)
    feed.members |= {socket, bob}
    feed.receive([change(11), change(12, author=3), change(13, seq=2)])
    feed.flush(queue)
    await delivered()
    assert socket.of("activity") == []
    assert bob.frames == [
        {
            "type": "activity",
            "room": 7,
            "head": 13,
            "seq": 12,
            "author": 3,
            "name": "Alice",
            "preview": "Number 12",
            "mention": False,
            "since": 10,
            "authors": [1, 3],
            "recount": True,
        }
    ]


async def test_whether_they_were_called(feed, queue):
    bob, charlie = RecordingSocket(BOB), RecordingSocket(CHARLIE)
    feed.members |= {bob, charlie}
    feed.receive([change(11, mentions=[BOB.pk]), change(12)])
    feed.receive([change(13, seq=1, mentions=[CHARLIE.pk])])  # an edit calls nobody
    feed.flush(queue)
    await delivered()
    assert [frame["mention"] for frame in bob.frames] == [True]
    assert [frame["mention"] for frame in charlie.frames] == [False]


async def test_who_is_opening_it_hears_of_no_activity(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.members.add(socket)
    feed.subscribe(socket)
    feed.receive([change(11)])
    assert await heard(feed, queue, socket) == []
    assert socket.frames == []


async def test_nothing_new_is_nothing_to_say(feed, queue, socket):
    feed.members.add(RecordingSocket(BOB))
    assert await heard(feed, queue, socket) == []


def test_a_view_is_kept_for_as_long_as_somebody_needs_it():
    feed, socket = RoomFeed(7), RecordingSocket(ALICE)
    assert feed.is_idle()
    for sockets in (feed.members, feed.open):
        sockets.add(socket)
        assert not feed.is_idle()
        sockets.clear()
    feed.subscribe(socket)
    assert not feed.is_idle()


@pytest.mark.parametrize(
    ("changes", "recount"),
    [
        ([change(11)], False),
        ([change(11, seq=3)], True),
        ([change(11, seq=3, recount=False)], False),
        ([change(11), change(12, seq=3, recount=False), change(13, seq=4)], True),
    ],
)
async def test_whether_counts_of_unread_messages_may_have_changed(feed, queue, changes, recount):
    bob = RecordingSocket(BOB)
    feed.members.add(bob)
    feed.receive(changes)
    feed.flush(queue)
    await delivered()
    assert [frame["recount"] for frame in bob.frames] == [recount]


async def test_after_changes_that_were_never_seen_activity_does_not_follow(feed, queue):
    bob = RecordingSocket(BOB)
    feed.members.add(bob)
    feed.repair([change(14), change(15)], head=15)
    feed.flush(queue)
    await delivered()
    assert [(frame["since"], frame["head"]) for frame in bob.frames] == [(13, 15)]
