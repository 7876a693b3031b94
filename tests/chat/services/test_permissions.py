"""Who moderates: by Django's permissions, never in a direct conversation, and as it is now."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from chat.exceptions import Forbidden
from chat.models import Membership, Message
from chat.services import editing, memberships, posting, rooms
from tests.chat.factories import post_message

pytestmark = pytest.mark.django_db


def permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def permit(user, *names: str) -> None:
    user.user_permissions.add(*map(permission, names))


@pytest.fixture(params=["staff", "superuser"])
def powerful(request, charlie):
    """With every permission of the chat, by two ways."""
    charlie.is_staff = True
    charlie.is_superuser = request.param == "superuser"
    charlie.save()
    charlie.user_permissions.set(Permission.objects.filter(content_type__app_label="chat"))
    return charlie


@pytest.fixture
def plain_staff(charlie):
    charlie.is_staff = True
    charlie.save()
    return charlie


def test_staff_without_permissions_moderate_nothing(bob, general, plain_staff):
    message = post_message(bob, general)
    memberships.join(plain_staff, general.pk)
    for act in (
        lambda: editing.delete(plain_staff, message.pk),
        lambda: rooms.rename(plain_staff, general.pk, "Mine"),
        lambda: memberships.remove(plain_staff, general.pk, bob.pk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_permission_is_enough(bob, charlie, general):
    permit(charlie, "chat.delete_message")
    assert editing.delete(charlie, post_message(bob, general).pk).deleted


def test_a_groups_permission_too(bob, charlie, general):
    group = Group.objects.create(name="Moderators")
    group.permissions.add(permission("chat.delete_message"))
    charlie.groups.add(group)
    assert editing.delete(charlie, post_message(bob, general).pk).deleted


def test_each_permission_is_for_what_it_says(bob, charlie, general):
    memberships.join(charlie, general.pk)
    permit(charlie, "chat.change_room")
    assert rooms.rename(charlie, general.pk, "Renamed").name == "Renamed"
    with pytest.raises(Forbidden):
        memberships.remove(charlie, general.pk, bob.pk)
    with pytest.raises(Forbidden):
        editing.delete(charlie, post_message(bob, general).pk)
    permit(charlie, "chat.delete_membership")
    memberships.remove(charlie, general.pk, bob.pk)
    assert not Membership.objects.filter(room=general, user=bob).exists()


def test_a_room_is_decided_on_by_its_members(bob, general, powerful):
    with pytest.raises(Forbidden):
        rooms.rename(powerful, general.pk, "Mine")


def test_a_private_room_that_a_moderator_is_not_in(alice, den, powerful):
    with pytest.raises(Forbidden):
        editing.delete(powerful, post_message(alice, den).pk)


def test_nobody_moderates_a_direct_conversation(alice, powerful):
    """Not even one of their own."""
    room = rooms.direct(alice, [powerful.pk])
    message = post_message(alice, room)
    for act in (
        lambda: editing.delete(powerful, message.pk),
        lambda: editing.moderate(message.pk),
        lambda: rooms.rename(powerful, room.pk, "Mine"),
        lambda: memberships.remove(powerful, room.pk, alice.pk),
    ):
        with pytest.raises(Forbidden):
            act()
    assert editing.delete(powerful, post_message(powerful, room).pk).deleted


def test_the_admins_action_leaves_direct_conversations_alone(alice, bob, general, powerful):
    direct, public = (
        post_message(alice, rooms.direct(alice, [bob.pk])),
        post_message(alice, general),
    )
    browser = Client()
    browser.force_login(powerful)
    chosen = {"action": "moderate", "_selected_action": [direct.pk, public.pk]}
    browser.post("/admin/chat/message/", chosen)
    deleted = Message.objects.filter(deleted=True)
    assert list(deleted) == [public]


def test_a_permission_taken_away_counts_at_once(bob, charlie, general):
    """Whatever the object that asks remembers."""
    permit(charlie, "chat.delete_message")
    assert charlie.has_perm("chat.delete_message")  # and remembers it
    charlie.user_permissions.clear()
    with pytest.raises(Forbidden):
        editing.delete(charlie, post_message(bob, general).pk)


def deactivate(user) -> None:
    """Without the signals that end open sockets."""
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def test_somebody_deactivated_does_nothing(alice, bob, general):
    mine = post_message(bob, general)
    deactivate(bob)
    for act in (
        lambda: posting.post(bob, general.pk, uuid4(), "Hello"),
        lambda: editing.edit(bob, mine.pk, "Changed"),
        lambda: editing.delete(bob, mine.pk),
        lambda: editing.react(bob, mine.pk, "👍", True),
        lambda: memberships.mark_read(bob, general.pk, 1),
        lambda: rooms.check_visible(bob, general.pk),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_deactivated_moderator_or_owner(alice, bob, charlie, general):
    permit(charlie, "chat.delete_message")
    message = post_message(bob, general)
    deactivate(charlie)
    deactivate(alice)
    for user in (charlie, alice):
        with pytest.raises(Forbidden):
            editing.delete(user, message.pk)


def buttons(user, room) -> dict[str, bool]:
    browser = Client()
    browser.force_login(user)
    page = browser.get(f"/rooms/{room.pk}/").content.decode()
    people = browser.get(f"/rooms/{room.pk}/members/").content.decode()
    return {
        "delete": "data-moderator" in page,
        "rename": f"/rooms/{room.pk}/name/" in people,
        "remove": "/remove/" in people,
    }


def test_the_pages_show_what_may_be_done(alice, bob, charlie, general):
    memberships.join(charlie, general.pk)
    nothing = dict.fromkeys(("delete", "rename", "remove"), False)
    assert buttons(alice, general) == dict.fromkeys(nothing, True)
    assert buttons(bob, general) == nothing
    permit(charlie, "chat.change_room")
    assert buttons(charlie, general) == {**nothing, "rename": True}
    permit(bob, "chat.delete_membership")
    assert buttons(bob, general) == {**nothing, "remove": True}


def test_a_moderator_sees_the_button(charlie, general):
    memberships.join(charlie, general.pk)
    permit(charlie, "chat.delete_message")
    assert buttons(charlie, general)["delete"]


def test_staff_without_permissions_see_no_button(plain_staff, general):
    memberships.join(plain_staff, general.pk)
    assert not any(buttons(plain_staff, general).values())


def test_no_buttons_in_a_direct_conversation(alice, powerful):
    assert not any(buttons(powerful, rooms.direct(alice, [powerful.pk])).values())
