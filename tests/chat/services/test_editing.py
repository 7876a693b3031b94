from datetime import UTC, datetime

import pytest

from chat.exceptions import Forbidden, Invalid, TooLong
from chat.models import Membership
from chat.services import editing
from tests.chat.factories import head, post_message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_edit_is_the_rooms_next_change(alice, general):
    message = post_message(alice, general, "Helo")
    post_message(alice, general)
    edited = editing.edit(alice, message.pk, "Hello **you**", now=NOON)
    edited.refresh_from_db()
    assert (edited.seq, edited.version, head(general)) == (1, 3, 3)
    assert (edited.body, edited.html) == ("Hello **you**", "<p>Hello <strong>you</strong></p>")
    assert edited.edited_at == NOON


def test_an_edit_that_changes_nothing_takes_no_number(alice, general):
    message = post_message(alice, general, "Hello")
    same = editing.edit(alice, message.pk, "Hello\n")
    assert (same.version, same.edited_at, head(general)) == (1, None, 1)


def test_only_the_author_edits_a_message(alice, bob, general, staff):
    message = post_message(bob, general)
    Membership.objects.create(room=general, user=staff)
    for user in (alice, staff):  # alice owns the room
        with pytest.raises(Forbidden):
            editing.edit(user, message.pk, "Other words")
    message.refresh_from_db()
    assert (message.body, head(general)) == ("Hello", 1)


def test_an_author_who_left_the_room_does_not_edit(alice, bob, den):
    Membership.objects.create(room=den, user=bob)
    message = post_message(bob, den)
    Membership.objects.filter(room=den, user=bob).delete()
    with pytest.raises(Forbidden):
        editing.edit(bob, message.pk, "Other words")


def test_a_deleted_message_is_not_edited(alice, general):
    message = editing.delete(alice, post_message(alice, general).pk)
    with pytest.raises(Forbidden):
        editing.edit(alice, message.pk, "Other words")


def test_editing_a_missing_message_is_forbidden(alice):
    with pytest.raises(Forbidden):
        editing.edit(alice, 10**9, "Other words")


@pytest.mark.parametrize(
    ("body", "refusal"), [(" \n", Invalid), ("x" * 4001, TooLong), ("a\x00", Invalid)]
)
def test_the_body_of_an_edit_is_checked_as_that_of_a_post(alice, general, body, refusal):
    message = post_message(alice, general)
    with pytest.raises(refusal):
        editing.edit(alice, message.pk, body)
    message.refresh_from_db()
    assert message.body == "Hello"
