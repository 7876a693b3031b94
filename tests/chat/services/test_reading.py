import pytest

from chat.exceptions import Forbidden
from chat.models import Membership
from chat.services import drafts, editing, memberships, post_batch, room_list
from chat.services.drafts import Draft
from tests.chat.factories import post_message, post_of


def card_of(user, room) -> room_list.RoomSummary:
    return next(card for card in room_list.summaries(user) if card.id == room.pk)


def unread(user, room) -> int:
    return card_of(user, room).unread


def read(user, room) -> int:
    return Membership.objects.get(user=user, room=room).last_read_seq


@pytest.fixture
def unread_room(alice, general):
    for _ in range(3):
        post_message(alice, general)
    return general


def test_reading_moves_forward(bob, unread_room):
    assert memberships.mark_read(bob, unread_room.pk, 2) == read(bob, unread_room) == 2
    assert memberships.mark_read(bob, unread_room.pk, 3) == read(bob, unread_room) == 3


def test_and_never_back(bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    assert memberships.mark_read(bob, unread_room.pk, 1) == read(bob, unread_room) == 3


def test_nor_beyond_what_there_is(bob, unread_room):
    assert memberships.mark_read(bob, unread_room.pk, 2**62) == read(bob, unread_room) == 3


def test_for_oneself_alone(alice, bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    assert read(alice, unread_room) == 0


def test_one_reads_ones_own_rooms(bob, charlie, unread_room, den):
    for user, room_id in ((charlie, unread_room.pk), (bob, den.pk), (bob, 10**9)):
        with pytest.raises(Forbidden):
            memberships.mark_read(user, room_id, 1)


def test_unread_is_what_came_after(bob, unread_room):
    assert unread(bob, unread_room) == 3
    memberships.mark_read(bob, unread_room.pk, 2)
    assert unread(bob, unread_room) == 1


def test_an_edit_or_a_reaction_is_nothing_to_read(alice, bob, unread_room):
    memberships.mark_read(bob, unread_room.pk, 3)
    message = unread_room.messages.first()
    editing.edit(alice, message.pk, "Other words")
    editing.react(alice, message.pk, "👍", True)
    assert unread(bob, unread_room) == 0


def test_neither_is_a_deleted_message(alice, bob, unread_room):
    editing.delete(alice, unread_room.messages.last().pk)
    assert unread(bob, unread_room) == 2


def test_nor_ones_own(alice, unread_room):
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
def test_who_is_named_in_what_is_unread_is_told(alice, bob, charlie, general, bodies, expected):
    for body in bodies:
        post_message(charlie, general, body)
    card = card_of(bob, general)
    assert (card.unread, card.mentions) == (len(bodies), expected)
    memberships.mark_read(bob, general.pk, card.head)
    assert card_of(bob, general).mentions == 0


def test_ids_that_contain_ones_own_are_somebody_elses(alice, bob, general):
    message = post_message(alice, general)
    for ids in ([bob.pk * 10], [100 + bob.pk], [alice.pk, bob.pk * 11]):
        general.messages.filter(pk=message.pk).update(mentions=ids)
        assert card_of(bob, general).mentions == 0, ids


def test_naming_oneself_is_no_news(bob, general):
    post_message(bob, general, "@bob, remember this")
    assert card_of(bob, general).mentions == 0


def test_counting_stops_at_100(alice, bob, general):
    post_batch.write([post_of(alice, general) for _ in range(101)])
    assert unread(bob, general) == 100


def test_what_was_said_before_is_history(charlie, alice, bob, unread_room, den):
    post_message(alice, den)
    memberships.invite(alice, den.pk, "bob")
    memberships.join(charlie, unread_room.pk)
    assert unread(charlie, unread_room) == unread(bob, den) == 0


def test_also_for_whoever_joins_by_posting(alice, charlie, unread_room):
    post_message(charlie, unread_room)
    post_message(alice, unread_room)
    assert unread(charlie, unread_room) == 1


def test_a_draft_waits_in_its_room(alice, general, den):
    drafts.save(alice, general.pk, Draft("Well,\n"))
    assert {card.name: card.draft for card in room_list.summaries(alice)} == {
        "General": "Well,\n",
        "Den": "",
    }
    drafts.save(alice, general.pk, Draft(""))
    assert not any(card.draft for card in room_list.summaries(alice))


def test_a_draft_has_a_longest_length(alice, general):
    drafts.save(alice, general.pk, Draft("a\x00" * 30_000))
    assert room_list.summaries(alice)[0].draft == "a" * drafts.MAX_CHARACTERS


def test_one_drafts_in_ones_own_rooms(charlie, general):
    for room_id in (general.pk, 10**9):
        with pytest.raises(Forbidden):
            drafts.save(charlie, room_id, Draft("Well,"))
