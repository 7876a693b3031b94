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
    """Returns a post, or a later change of the post `seq`."""
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
    """The feed of a room whose known head is version 10."""
    feed = RoomFeed(7)
    feed.ensure_head(10)
    return feed


@pytest.fixture
def socket(feed):
    socket = RecordingSocket(ALICE)
    feed.open.add(socket)
    return socket


async def received_versions(feed, queue, socket) -> list[int]:
    feed.flush(queue)
    await delivered()
    return [frame["version"] for frame in socket.of("message")]


async def test_changes_in_order_are_sent(feed, queue, socket):
    assert not feed.receive([change(11), change(12)])
    assert await received_versions(feed, queue, socket) == [11, 12]
    assert feed.head == 12


async def test_changes_out_of_order_are_sent_in_order(feed, queue, socket):
    assert feed.receive([change(12)])
    assert feed.receive([change(13)])
    assert not feed.receive([change(11)])
    assert await received_versions(feed, queue, socket) == [11, 12, 13]


async def test_repeated_changes_are_sent_once(feed, queue, socket):
    for version in (9, 10, 11, 11, 12, 11):
        feed.receive([change(version)])
    assert await received_versions(feed, queue, socket) == [11, 12]


async def test_changes_after_a_gap_are_held_back(feed, queue, socket):
    assert feed.receive([change(12)])
    assert await received_versions(feed, queue, socket) == []
    assert feed.head == 10


async def test_a_gap_is_repaired(feed, queue, socket):
    feed.receive([change(13)])
    assert not feed.repair([change(11), change(12)], head=12)
    assert await received_versions(feed, queue, socket) == [11, 12, 13]


async def test_a_superseded_version_is_not_a_gap(feed, queue, socket):
    feed.receive([change(13, seq=11)])
    assert not feed.repair([change(12), change(13, seq=11)], head=13)
    assert await received_versions(feed, queue, socket) == [12, 13]


async def test_a_second_gap_stays_after_the_first_is_repaired(feed, queue, socket):
    feed.receive([change(12), change(14)])
    assert feed.repair([change(11), change(12)], head=12)
    assert await received_versions(feed, queue, socket) == [11, 12]


async def test_a_late_repair_changes_nothing(feed, queue, socket):
    feed.receive([change(11), change(12)])
    feed.repair([change(11)], head=11)
    assert await received_versions(feed, queue, socket) == [11, 12]
    assert feed.head == 12


async def test_changes_wait_until_the_head_is_known(queue):
    feed, socket = RoomFeed(7), RecordingSocket(ALICE)
    feed.open.add(socket)
    for version in (5, 6, 7):
        assert not feed.receive([change(version)])
    assert feed.ensure_head(5) == 7
    assert await received_versions(feed, queue, socket) == [6, 7]
    assert feed.ensure_head(99) == 7


OPENED = encode({"type": "opened"})


async def test_a_socket_receives_the_changes_after_its_opening(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.receive([change(11), change(12)])
    assert await received_versions(feed, queue, socket) == []
    assert not feed.has_missed(socket, head=11)
    feed.catch_up(socket, 11, OPENED, queue)
    feed.receive([change(13)])
    assert await received_versions(feed, queue, socket) == [12, 13]
    assert socket.frames[0] == {"type": "opened"}


async def test_an_unflushed_change_is_sent_once(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.receive([change(11)])
    feed.catch_up(socket, 10, OPENED, queue)
    assert await received_versions(feed, queue, socket) == [11]


async def test_a_change_already_in_the_opening_is_not_sent_again(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.catch_up(socket, 12, OPENED, queue)
    feed.receive([change(11), change(12), change(13)])
    assert await received_versions(feed, queue, socket) == [13]
    feed.receive([change(14)])
    assert await received_versions(feed, queue, socket) == [13, 14]


async def test_opening_the_room_again_repeats_no_change(feed, queue, socket):
    feed.subscribe(socket)
    feed.receive([change(11)])
    assert await received_versions(feed, queue, socket) == []
    feed.catch_up(socket, 10, OPENED, queue)
    assert await received_versions(feed, queue, socket) == [11]


async def test_the_opening_follows_frames_that_are_still_in_the_queue(feed, queue, socket):
    feed.receive([change(11)])
    feed.flush(queue)
    feed.subscribe(socket)
    feed.catch_up(socket, 11, OPENED, queue)
    await delivered(2)
    assert [frame["type"] for frame in socket.frames] == ["message", "opened"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_room_closed_during_its_opening_sends_nothing(feed, queue, wanted):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.catch_up(socket, 12, OPENED, queue)
    if not wanted:
        feed.unsubscribe(socket)
    feed.receive([change(11), change(12), change(13)])
    assert await received_versions(feed, queue, socket) == ([13] if wanted else [])


def test_a_socket_with_an_older_head_lacks_changes():
    feed, socket = RoomFeed(7), RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.ensure_head(12)
    feed.receive([change(13)])
    assert feed.has_missed(socket, head=11)
    feed.subscribe(socket)
    assert not feed.has_missed(socket, head=13)


def test_a_socket_with_a_head_before_a_repair_lacks_changes(feed):
    socket = RecordingSocket(ALICE)
    feed.subscribe(socket)
    feed.repair([], head=600)
    assert feed.has_missed(socket, head=10)
    assert not feed.has_missed(socket, head=600)


async def test_each_socket_receives_its_format(feed, queue, socket):
    json_socket = RecordingSocket(BOB, html=False)
    feed.open.add(json_socket)
    feed.receive([change(11)])
    feed.flush(queue)
    await delivered()
    assert socket.frames == [{"type": "message", "version": 11, "html": ""}]
    assert json_socket.frames == [{"type": "message", "version": 11, "data": {}}]


async def test_members_who_have_not_opened_the_room_receive_activity(feed, queue, socket):
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


async def test_activity_says_whether_the_member_is_mentioned(feed, queue):
    bob, charlie = RecordingSocket(BOB), RecordingSocket(CHARLIE)
    feed.members |= {bob, charlie}
    feed.receive([change(11, mentions=[BOB.pk]), change(12)])
    feed.receive([change(13, seq=1, mentions=[CHARLIE.pk])])  # an edit mentions nobody in activity
    feed.flush(queue)
    await delivered()
    assert [frame["mention"] for frame in bob.frames] == [True]
    assert [frame["mention"] for frame in charlie.frames] == [False]


async def test_a_socket_that_is_opening_the_room_receives_no_activity(feed, queue):
    socket = RecordingSocket(ALICE)
    feed.members.add(socket)
    feed.subscribe(socket)
    feed.receive([change(11)])
    assert await received_versions(feed, queue, socket) == []
    assert socket.frames == []


async def test_a_flush_without_changes_sends_nothing(feed, queue, socket):
    feed.members.add(RecordingSocket(BOB))
    assert await received_versions(feed, queue, socket) == []


def test_a_feed_is_idle_without_members_and_sockets():
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
async def test_activity_says_whether_unread_counts_may_have_changed(feed, queue, changes, recount):
    bob = RecordingSocket(BOB)
    feed.members.add(bob)
    feed.receive(changes)
    feed.flush(queue)
    await delivered()
    assert [frame["recount"] for frame in bob.frames] == [recount]


async def test_activity_after_a_repair_starts_at_the_first_repaired_change(feed, queue):
    bob = RecordingSocket(BOB)
    feed.members.add(bob)
    feed.repair([change(14), change(15)], head=15)
    feed.flush(queue)
    await delivered()
    assert [(frame["since"], frame["head"]) for frame in bob.frames] == [(13, 15)]
