import pytest

from chat.exceptions import Forbidden
from chat.models import Membership
from chat.services import drafts, editing, memberships, post_batch, room_list
from chat.services.drafts import Draft
from tests.chat.factories import post_message, post_of


def summary_of(user, room) -> room_list.RoomSummary:
    return next(summary for summary in room_list.summaries(user) if summary.id == room.pk)


def unread(user, room) -> int:
    return summary_of(user, room).unread


def last_read_seq(user, room) -> int:
    return Membership.objects.get(user=user, room=room).last_read_seq


@pytest.fixture
def unread_room(alice, general):
    for _ in range(3):
        post_message(alice, general)
    return general


def test_the_read_position_moves_forward(bob, unread_room):
    assert memberships.mark_read(bob, unread_room.pk, 2) == last_read_seq(bob, unread_room) == 2
    assert memberships.mark_read(bob, unread_room.pk, 3) == last_read_seq(bob, unread_room) == 3


def test_the_read_position_never_moves_back(bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    assert memberships.mark_read(bob, unread_room.pk, 1) == last_read_seq(bob, unread_room) == 3


def test_the_read_position_does_not_pass_the_last_message(bob, unread_room):
    assert memberships.mark_read(bob, unread_room.pk, 2**62) == last_read_seq(bob, unread_room) == 3


def test_the_read_position_of_others_stays(alice, bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    assert last_read_seq(alice, unread_room) == 0


def test_only_members_have_a_read_position(bob, charlie, unread_room, den):
    for user, room_id in ((charlie, unread_room.pk), (bob, den.pk), (bob, 10**9)):
        with pytest.raises(Forbidden):
            memberships.mark_read(user, room_id, 1)


def test_messages_after_the_read_position_are_unread(bob, unread_room):
    assert unread(bob, unread_room) == 3
    memberships.mark_read(bob, unread_room.pk, 2)
    assert unread(bob, unread_room) == 1


def test_edits_and_reactions_are_not_unread(alice, bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    message = unread_room.messages.first()
    editing.edit(alice, message.pk, "Other words")
    editing.react(alice, message.pk, "👍", True)
    assert unread(bob, unread_room) == 0


def test_a_deleted_message_is_not_unread(alice, bob, unread_room):
    editing.delete(alice, unread_room.messages.last().pk)
    assert unread(bob, unread_room) == 2


def test_own_messages_are_not_unread(alice, unread_room):
    assert unread(alice, unread_room) == 0


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (["Hello"], 0),
        (["Look, @bob"], 1),
        (["@alice and @bob", "@bob?", "Hello"], 2),
        (["@alice"], 0),
    ],
)
def test_unread_mentions_are_counted(alice, bob, charlie, general, bodies, expected):
    for body in bodies:
        post_message(charlie, general, body)
    summary = summary_of(bob, general)
    assert (summary.unread, summary.mentions) == (len(bodies), expected)
    memberships.mark_read(bob, general.pk, summary.head)
    assert summary_of(bob, general).mentions == 0


def test_ids_that_contain_the_id_of_the_user_are_not_counted(alice, bob, general):
    message = post_message(alice, general)
    for ids in ([bob.pk * 10], [100 + bob.pk], [alice.pk, bob.pk * 11]):
        general.messages.filter(pk=message.pk).update(mentions=ids)
        assert summary_of(bob, general).mentions == 0, ids


def test_own_mentions_are_not_counted(bob, general):
    post_message(bob, general, "@bob, remember this")
    assert summary_of(bob, general).mentions == 0


def test_the_unread_count_stops_at_100(alice, bob, general):
    post_batch.write([post_of(alice, general) for _ in range(101)])
    assert unread(bob, general) == 100


def test_a_new_member_starts_with_everything_read(charlie, alice, bob, unread_room, den):
    post_message(alice, den)
    memberships.invite(alice, den.pk, "bob")
    memberships.join(charlie, unread_room.pk)
    assert unread(charlie, unread_room) == unread(bob, den) == 0


def test_a_member_who_joins_by_posting_starts_with_everything_read(alice, charlie, unread_room):
    post_message(charlie, unread_room)
    post_message(alice, unread_room)
    assert unread(charlie, unread_room) == 1


def test_the_room_list_has_the_drafts(alice, general, den):
    drafts.save(alice, general.pk, Draft("Well,\n"))
    assert {summary.name: summary.draft for summary in room_list.summaries(alice)} == {
        "General": "Well,\n",
        "Den": "",
    }
    drafts.save(alice, general.pk, Draft(""))
    assert not any(summary.draft for summary in room_list.summaries(alice))


def test_the_length_of_a_draft_is_limited(alice, general):
    drafts.save(alice, general.pk, Draft("a\x00" * 30_000))
    assert room_list.summaries(alice)[0].draft == "a" * drafts.MAX_CHARACTERS


def test_only_members_save_a_draft(charlie, general):
    for room_id in (general.pk, 10**9):
        with pytest.raises(Forbidden):
            drafts.save(charlie, room_id, Draft("Well,"))
