"""The unread counts in frames agree with the database."""

import random

import pytest

from chat.exceptions import Forbidden
from chat.live.db_threads import run
from chat.models import Membership, Message
from chat.services import editing, memberships, room_list
from chat.services.room_list import UNREAD_MAX
from tests.chat.factories import post_message


def counts(user, room) -> tuple[int, int]:
    found = room_list.counts(user, room.pk)
    return found["unread"], found["mentions"]


def test_a_deleted_message_is_not_counted(alice, bob, general):
    first = post_message(alice, general, "@bob look")
    post_message(alice, general)
    assert counts(bob, general) == (2, 1)
    editing.delete(alice, first.pk)
    assert counts(bob, general) == (1, 0)


def test_an_edit_adds_or_removes_a_mention(alice, bob, general):
    message = post_message(alice, general, "look")
    editing.edit(alice, message.pk, "@bob look")
    assert counts(bob, general) == (1, 1)
    editing.edit(alice, message.pk, "nothing")
    assert counts(bob, general) == (1, 0)


def test_only_members_have_counts(bob, charlie, general, den):
    for user, room_id in ((charlie, general.pk), (bob, den.pk), (bob, 2**63 - 1)):
        with pytest.raises(Forbidden):
            room_list.counts(user, room_id)


async def test_a_socket_requests_its_counts(connect, url, alice, bob, general):
    await run(post_message, alice, general, "@bob look")
    await run(post_message, bob, general)
    socket = await connect(bob, url)
    assert await socket.ask("counts", "counts", room=general.pk) == {
        **{"type": "counts", "room": general.pk, "head": 2, "read": 0},
        **{"unread": 1, "mentions": 1},
    }


@pytest.mark.parametrize("room", [None, "7", True, -1, 2**63])
async def test_a_request_with_an_invalid_room_is_a_bad_frame(connect, alice, room):
    socket = await connect(alice)
    assert (await socket.ask("counts", "error", room=room))["code"] == "bad_frame"


async def test_a_request_for_a_foreign_room_is_forbidden(connect, bob, den):
    socket = await connect(bob)
    for room_id in (den.pk, 10**9):
        assert (await socket.ask("counts", "error", room=room_id))["code"] == "forbidden"


async def test_the_read_frame_has_the_remaining_counts(connect, alice, bob, general):
    for body in ("one", "two", "@bob three", "four"):
        await run(post_message, alice, general, body)
    socket = await connect(bob)
    await run(memberships.mark_read, bob, general.pk, 2)
    assert await socket.next("read") == {
        **{"type": "read", "room": general.pk, "seq": 2, "head": 4},
        **{"unread": 2, "mentions": 1},
    }


async def test_reading_the_last_message_leaves_nothing_unread_after_a_reaction(
    connect, alice, bob, general
):
    message = await run(post_message, alice, general)
    await run(editing.react, alice, message.pk, "👍", True)
    socket = await connect(bob)
    await run(memberships.mark_read, bob, general.pk, 1)
    frame = await socket.next("read")
    assert (frame["seq"], frame["head"], frame["unread"]) == (1, 2, 0)


def test_reading_to_the_end_takes_no_query_for_the_count(
    alice, bob, general, django_assert_num_queries
):
    post_message(alice, general)
    with django_assert_num_queries(2):
        memberships.mark_read(bob, general.pk, 1)


@pytest.mark.parametrize("others", [UNREAD_MAX - 1, UNREAD_MAX, UNREAD_MAX + 5])
def test_the_count_has_a_maximum(alice, bob, general, others):
    for _ in range(others):
        post_message(alice, general)
    assert counts(bob, general) == (min(others, UNREAD_MAX), 0)


@pytest.mark.parametrize("seed", range(5))
def test_counts_agree_with_counting_one_by_one(alice, bob, charlie, general, seed):
    choice, people = random.Random(seed), [alice, bob, charlie]
    memberships.join(charlie, general.pk)
    for _ in range(120):
        change_something(choice, people, general)
        for person in people:
            assert counts(person, general) == count_one_by_one(person, general)


def change_something(choice, people, room) -> None:
    person = choice.choice(people)
    body = choice.choice(["hello", "@alice", "@bob and @charlie", "@bob @bob", "look @alice @bob"])
    messages = list(Message.objects.filter(room=room, deleted=False).select_related("author"))
    action = choice.choice(["post", "post", "post", "edit", "delete", "react", "read"])
    if action == "post" or not messages:
        post_message(person, room, body)
    elif action == "read":
        memberships.mark_read(person, room.pk, choice.randrange(choice.choice(messages).seq + 5))
    else:
        message = choice.choice(messages)
        more = {"edit": [body], "delete": [], "react": ["👍", True]}[action]
        getattr(editing, action)(message.author, message.pk, *more)


def count_one_by_one(user, room) -> tuple[int, int]:
    read_seq = Membership.objects.get(user=user, room=room).last_read_seq
    unread = Message.objects.filter(room=room, seq__gt=read_seq, deleted=False)
    others = list(unread.exclude(author=user))
    return len(others), sum(user.pk in message.mentions for message in others)
