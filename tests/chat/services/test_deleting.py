import pytest

from chat.exceptions import Forbidden
from chat.models import Membership, Message
from chat.rendering import message_html
from chat.services import editing, memberships, rooms
from tests.chat.factories import head, post_message


def test_a_deleted_message_keeps_only_its_place(alice, bob, general):
    message = post_message(alice, general, "Ask @bob")
    post_message(bob, general)
    editing.react(bob, message.pk, "👍", True)
    editing.delete(alice, message.pk)
    deleted = Message.objects.get(pk=message.pk)
    assert (deleted.seq, deleted.version, head(general)) == (1, 4, 4)
    assert deleted.deleted
    assert (deleted.body, deleted.html, deleted.mentions, deleted.reactions) == ("", "", [], {})
    assert "Ask" not in message_html.row(deleted)


def test_a_second_deletion_takes_no_number(alice, general):
    message = post_message(alice, general)
    editing.delete(alice, message.pk)
    assert editing.delete(alice, message.pk).version == head(general) == 2


def test_the_owner_of_the_room_deletes_a_message(alice, bob, general):
    assert editing.delete(alice, post_message(bob, general).pk).deleted


def test_staff_delete_only_messages_that_they_can_see(bob, general, den, alice, staff):
    assert editing.delete(staff, post_message(bob, general).pk).deleted
    with pytest.raises(Forbidden):
        editing.delete(staff, post_message(alice, den).pk)


def test_another_member_does_not_delete_a_message(alice, bob, general):
    message = post_message(alice, general)
    with pytest.raises(Forbidden):
        editing.delete(bob, message.pk)
    assert not Message.objects.get(pk=message.pk).deleted


def test_the_owner_of_another_room_does_not_delete_a_message(alice, bob, charlie, general):
    rooms.create(charlie, "Charlie's")
    memberships.join(charlie, general.pk)
    with pytest.raises(Forbidden):
        editing.delete(charlie, post_message(bob, general).pk)


def test_a_user_outside_a_private_room_does_not_delete_a_message(alice, bob, den):
    message = post_message(alice, den)
    with pytest.raises(Forbidden):
        editing.delete(bob, message.pk)


def test_an_author_who_left_a_private_room_does_not_delete_a_message(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    message = post_message(bob, den)
    Membership.objects.filter(room=den, user=bob).delete()
    with pytest.raises(Forbidden):
        editing.delete(bob, message.pk)


def test_deleting_a_missing_message_is_forbidden(alice):
    with pytest.raises(Forbidden):
        editing.delete(alice, 10**9)
