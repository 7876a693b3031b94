import asyncio
from dataclasses import dataclass

import pytest

from chat.fanout import RoomView
from chat.messages import encode
from chat.outbox import Outbox
from tests.chat.ear import Ear, delivered


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
async def outbox():
    return Outbox(asyncio.get_running_loop())


@pytest.fixture
def view():
    """Of a room that is known up to version 10."""
    view = RoomView(7)
    view.know(10)
    return view


@pytest.fixture
def ear(view):
    ear = Ear(ALICE)
    view.open.add(ear)
    return ear


async def heard(view, outbox, ear) -> list[int]:
    view.flush(outbox)
    await delivered()
    return [frame["version"] for frame in ear.of("message")]


async def test_in_order(view, outbox, ear):
    assert not view.take([change(11), change(12)])
    assert await heard(view, outbox, ear) == [11, 12]
    assert view.head == 12


async def test_out_of_order(view, outbox, ear):
    assert view.take([change(12)])
    assert view.take([change(13)])
    assert not view.take([change(11)])
    assert await heard(view, outbox, ear) == [11, 12, 13]


async def test_twice(view, outbox, ear):
    for version in (9, 10, 11, 11, 12, 11):
        view.take([change(version)])
    assert await heard(view, outbox, ear) == [11, 12]


async def test_nothing_comes_after_a_gap(view, outbox, ear):
    assert view.take([change(12)])
    assert await heard(view, outbox, ear) == []
    assert view.head == 10


async def test_a_gap_is_repaired(view, outbox, ear):
    view.take([change(13)])
    assert not view.repair([change(11), change(12)], head=12)
    assert await heard(view, outbox, ear) == [11, 12, 13]


async def test_a_superseded_version_is_no_gap(view, outbox, ear):
    view.take([change(13, seq=11)])
    assert not view.repair([change(12), change(13, seq=11)], head=13)
    assert await heard(view, outbox, ear) == [12, 13]


async def test_a_gap_after_the_repaired_one(view, outbox, ear):
    view.take([change(12), change(14)])
    assert view.repair([change(11), change(12)], head=12)
    assert await heard(view, outbox, ear) == [11, 12]


async def test_a_repair_that_comes_late_changes_nothing(view, outbox, ear):
    view.take([change(11), change(12)])
    view.repair([change(11)], head=11)
    assert await heard(view, outbox, ear) == [11, 12]
    assert view.head == 12


async def test_what_comes_before_the_head_is_known_waits_for_it(outbox):
    view, ear = RoomView(7), Ear(ALICE)
    view.open.add(ear)
    for version in (5, 6, 7):
        assert not view.take([change(version)])
    assert view.know(5) == 7
    assert await heard(view, outbox, ear) == [6, 7]
    assert view.know(99) == 7


OPENED = encode({"type": "opened"})


async def test_a_socket_that_opens_gets_what_follows(view, outbox):
    ear = Ear(ALICE)
    view.begin(ear)
    view.take([change(11), change(12)])
    assert await heard(view, outbox, ear) == []
    assert not view.lacks(ear, head=11)
    view.opened(ear, 11, OPENED, outbox)
    view.take([change(13)])
    assert await heard(view, outbox, ear) == [12, 13]
    assert ear.frames[0] == {"type": "opened"}


async def test_what_had_come_but_not_left_does_not_come_twice(view, outbox):
    ear = Ear(ALICE)
    view.begin(ear)
    view.take([change(11)])
    view.opened(ear, 10, OPENED, outbox)
    assert await heard(view, outbox, ear) == [11]


async def test_what_the_database_told_before_the_channel_layer_does_not_come_twice(view, outbox):
    ear = Ear(ALICE)
    view.begin(ear)
    view.opened(ear, 12, OPENED, outbox)
    view.take([change(11), change(12), change(13)])
    assert await heard(view, outbox, ear) == [13]
    view.take([change(14)])
    assert await heard(view, outbox, ear) == [13, 14]


async def test_opened_anew_nothing_comes_twice(view, outbox, ear):
    view.begin(ear)
    view.take([change(11)])
    assert await heard(view, outbox, ear) == []
    view.opened(ear, 10, OPENED, outbox)
    assert await heard(view, outbox, ear) == [11]


async def test_opened_behind_what_is_still_to_be_written(view, outbox, ear):
    view.take([change(11)])
    view.flush(outbox)
    view.begin(ear)
    view.opened(ear, 11, OPENED, outbox)
    await delivered(2)
    assert [frame["type"] for frame in ear.frames] == ["message", "opened"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_closed_while_it_opens(view, outbox, wanted):
    ear = Ear(ALICE)
    view.begin(ear)
    view.opened(ear, 12, OPENED, outbox)
    if not wanted:
        view.forget(ear)
    view.take([change(11), change(12), change(13)])
    assert await heard(view, outbox, ear) == ([13] if wanted else [])


def test_another_socket_that_looked_later_made_the_room_known():
    view, ear = RoomView(7), Ear(ALICE)
    view.begin(ear)
    view.know(12)
    view.take([change(13)])
    assert view.lacks(ear, head=11)
    view.begin(ear)
    assert not view.lacks(ear, head=13)


def test_over_what_was_lost_nobody_opens_a_room(view):
    ear = Ear(ALICE)
    view.begin(ear)
    view.repair([], head=600)
    assert view.lacks(ear, head=10)
    assert not view.lacks(ear, head=600)


async def test_each_in_its_format(view, outbox, ear):
    program = Ear(BOB, html=False)
    view.open.add(program)
    view.take([change(11)])
    view.flush(outbox)
    await delivered()
    assert ear.frames == [{"type": "message", "version": 11, "html": ""}]
    assert program.frames == [{"type": "message", "version": 11, "data": {}}]


async def test_members_who_look_elsewhere_hear_of_activity(view, outbox, ear):
    bob = Ear(BOB)
    view.members |= {ear, bob}
    view.take([change(11), change(12, author=3), change(13, seq=2)])
    view.flush(outbox)
    await delivered()
    assert ear.of("activity") == []
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


async def test_whether_they_were_called(view, outbox):
    bob, charlie = Ear(BOB), Ear(CHARLIE)
    view.members |= {bob, charlie}
    view.take([change(11, mentions=[BOB.pk]), change(12)])
    view.take([change(13, seq=1, mentions=[CHARLIE.pk])])  # an edit calls nobody
    view.flush(outbox)
    await delivered()
    assert [frame["mention"] for frame in bob.frames] == [True]
    assert [frame["mention"] for frame in charlie.frames] == [False]


async def test_who_is_opening_it_hears_of_no_activity(view, outbox):
    ear = Ear(ALICE)
    view.members.add(ear)
    view.begin(ear)
    view.take([change(11)])
    assert await heard(view, outbox, ear) == []
    assert ear.frames == []


async def test_nothing_new_is_nothing_to_say(view, outbox, ear):
    view.members.add(Ear(BOB))
    assert await heard(view, outbox, ear) == []


def test_a_view_is_kept_for_as_long_as_somebody_needs_it():
    view, ear = RoomView(7), Ear(ALICE)
    assert view.is_idle()
    for sockets in (view.members, view.open):
        sockets.add(ear)
        assert not view.is_idle()
        sockets.clear()
    view.begin(ear)
    assert not view.is_idle()


@pytest.mark.parametrize(
    ("changes", "recount"),
    [
        ([change(11)], False),
        ([change(11, seq=3)], True),
        ([change(11, seq=3, recount=False)], False),
        ([change(11), change(12, seq=3, recount=False), change(13, seq=4)], True),
    ],
)
async def test_whether_counts_of_unread_messages_may_have_changed(view, outbox, changes, recount):
    bob = Ear(BOB)
    view.members.add(bob)
    view.take(changes)
    view.flush(outbox)
    await delivered()
    assert [frame["recount"] for frame in bob.frames] == [recount]


async def test_after_changes_that_were_never_seen_activity_does_not_follow(view, outbox):
    bob = Ear(BOB)
    view.members.add(bob)
    view.repair([change(14), change(15)], head=15)
    view.flush(outbox)
    await delivered()
    assert [(frame["since"], frame["head"]) for frame in bob.frames] == [(13, 15)]
