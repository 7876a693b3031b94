"""A backup takes the database back in time. Numbers that clients know are not used again."""

from uuid import uuid4

import pytest
from django.core.management import call_command

from chat.events import seen_changes
from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.live.recovery import catch_up
from chat.models import Message, Room
from chat.services import editing, history, lost_changes, memberships, posting, room_list
from chat.views import timeline
from tests.chat.factories import post_message
from tests.chat.live.test_recovery import write_without_event

POSTS = 5
LOST = 3


def post_messages(author, room, count: int = POSTS) -> list[Message]:
    return [post_message(author, room, f"number {number}") for number in range(count)]


def restore_backup(room, count: int = LOST) -> None:
    """Removes the last changes, as a backup from before them does."""
    head = Room.objects.get(pk=room.pk).head - count
    room.messages.filter(seq__gt=head).delete()
    Room.objects.filter(pk=room.pk).update(head=head)


def forget_heads() -> None:
    """Forgets the known heads, as in a process that has not seen the room."""
    seen_changes.clear()


async def socket_before_restore(connect, person, room):
    socket = await connect(person)
    await socket.open(room)
    await run(post_messages, person, room)
    for _ in range(POSTS):
        await socket.next("message")
    await run(restore_backup, room)
    return socket


async def expect_reset(socket, room) -> None:
    frame = await socket.next("opened")
    assert (frame["room"], frame["reset"]) == (room.pk, True)
    assert frame["head"] >= POSTS + lost_changes.GAP


async def test_a_post_resets_the_room(connect, alice, general):
    socket = await socket_before_restore(connect, alice, general)
    message = await run(post_message, alice, general)
    assert message.seq > POSTS
    await expect_reset(socket, general)
    after = await run(post_message, alice, general)
    assert (await socket.next("message"))["seq"] == after.seq == message.seq + 1


@pytest.mark.parametrize("change", ["edit", "react", "delete"])
async def test_an_edit_a_reaction_or_a_deletion_resets_the_room(connect, alice, general, change):
    socket = await socket_before_restore(connect, alice, general)
    first = await run(general.messages.first)
    arguments = {"edit": ("other",), "react": ("👍", True), "delete": ()}[change]
    message = await run(getattr(editing, change), alice, first.pk, *arguments)
    assert message.version > POSTS
    await expect_reset(socket, general)


@pytest.mark.parametrize("count", [1, LOST, LOST + 4])
async def test_a_post_of_a_process_without_known_heads_resets_the_room(
    connect, alice, general, count
):
    """Also if the new numbers are already higher than the lost ones."""
    socket = await socket_before_restore(connect, alice, general)
    for _ in range(count):
        forget_heads()
        await run(post_message, alice, general)
    await expect_reset(socket, general)


@pytest.mark.parametrize("count", [1, LOST, LOST + 4])
async def test_posts_without_events_reset_the_room(connect, alice, bob, general, count):
    socket = await socket_before_restore(connect, alice, general)
    await run(write_without_event, bob, general, count)
    await catch_up(running_hub().registry)
    await expect_reset(socket, general)


async def test_a_catch_up_resets_the_room_before_the_next_post(connect, alice, general):
    socket = await socket_before_restore(connect, alice, general)
    await catch_up(running_hub().registry)
    await expect_reset(socket, general)


async def test_opening_the_room_resets_it(connect, alice, bob, general):
    socket = await socket_before_restore(connect, alice, general)
    other = await connect(bob)
    await other.send("open", room=general.pk, since=POSTS)
    await expect_reset(socket, general)
    await expect_reset(other, general)


async def test_members_who_have_not_opened_the_room_receive_it_again(connect, alice, bob, general):
    other = await connect(bob)
    socket = await socket_before_restore(connect, alice, general)
    await catch_up(running_hub().registry)
    await expect_reset(socket, general)
    assert (await other.next("room"))["room"]["id"] == general.pk


async def test_a_late_event_is_not_a_loss(connect, alice, general):
    socket = await connect(alice)
    await socket.open(general)
    messages = await run(post_messages, alice, general, 30)
    await socket.until("message")
    for message in (messages[0], messages[-1]):
        again = await run(posting.post, alice, general.pk, message.client_id, message.body)
        assert not again.created
    await catch_up(running_hub().registry)
    frames = await socket.settled()
    assert "opened" not in {frame["type"] for frame in frames}
    assert (await run(Room.objects.get, pk=general.pk)).head == 30


@pytest.mark.django_db(transaction=True)
class TestWithoutSockets:
    def test_two_processes_that_notice_move_the_head_once(self, alice, general):
        post_messages(alice, general)
        restore_backup(general)
        assert lost_changes.skip_ahead_if_lost(general.pk, POSTS)
        assert not lost_changes.skip_ahead_if_lost(general.pk, POSTS)
        assert Room.objects.get(pk=general.pk).head == POSTS + lost_changes.GAP

    def test_a_page_shows_the_restored_messages(self, client, alice, general):
        post_messages(alice, general)
        client.force_login(alice)
        assert "number 4" in client.get(f"/rooms/{general.pk}/").text
        restore_backup(general)
        forget_heads()
        for number in range(LOST):
            post_message(alice, general, f"other {number}")
        seen_changes.record_head(general.pk, POSTS + 1)
        text = client.get(f"/rooms/{general.pk}/").text
        assert "other 2" in text
        assert "number 4" not in text

    @pytest.mark.parametrize("since", [0, 1, POSTS, POSTS + 1, 2**63 - 1])
    def test_the_api_returns_a_reset(self, client, alice, general, since):
        post_messages(alice, general)
        restore_backup(general)
        post_message(alice, general)
        client.force_login(alice)
        answer = client.get(f"/api/rooms/{general.pk}/changes?since={since}").json()
        assert (answer["reset"], answer["changes"]) == (True, [])
        again = client.get(f"/api/rooms/{general.pk}/changes?since={answer['head']}").json()
        assert (again["reset"], again["changes"]) == (False, [])

    def test_read_positions_and_unread_counts_stay_correct(self, alice, bob, general):
        post_messages(alice, general)
        memberships.mark_read(bob, general.pk, POSTS)
        restore_backup(general)
        memberships.mark_read(bob, general.pk, POSTS - LOST)
        seq = post_message(alice, general).seq
        (card,) = room_list.summaries_of(bob)
        assert card.unread == 1
        memberships.mark_read(bob, general.pk, seq)
        (card,) = room_list.summaries_of(bob)
        assert card.unread == 0

    def test_a_lost_post_is_written_when_it_is_sent_again(self, alice, general):
        kept = posting.post(alice, general.pk, uuid4(), "kept").message
        lost = posting.post(alice, general.pk, uuid4(), "lost").message
        restore_backup(general, 1)
        assert not posting.post(alice, general.pk, kept.client_id, "kept").created
        again = posting.post(alice, general.pk, lost.client_id, "lost")
        assert again.created
        assert again.message.seq > lost.seq

    def test_the_restored_command_moves_all_heads(self, alice, general, capsys):
        post_messages(alice, general)
        call_command("restored")
        assert "Rooms with new version numbers: 1" in capsys.readouterr().out
        room = Room.objects.get(pk=general.pk)
        assert history.changes(room, POSTS).reset
        assert timeline.latest(room).last == POSTS
        assert post_message(alice, general).seq == POSTS + lost_changes.GAP + 1

    def test_a_deleted_room_has_no_loss(self, alice, general):
        post_messages(alice, general)
        general.delete()
        assert not lost_changes.skip_ahead_if_lost(general.pk, POSTS)


def test_the_number_of_known_heads_is_limited(monkeypatch):
    monkeypatch.setattr(seen_changes, "ROOMS_MAX", 3)
    for room_id in (1, 2, 3, 1, 4):
        seen_changes.record_head(room_id, room_id * 10)
    seen_changes.record_head(4, 5)
    assert [seen_changes.head_of(room_id) for room_id in range(1, 5)] == [10, 0, 30, 40]
