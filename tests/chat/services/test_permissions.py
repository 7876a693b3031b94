"""Django's permissions decide on moderation, as they are now, never in direct conversations."""

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


def grant(user, *names: str) -> None:
    user.user_permissions.add(*map(permission, names))


@pytest.fixture(params=["staff", "superuser"])
def moderator(request, charlie):
    """A user with every permission of the chat, as staff or as a superuser."""
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
    for action in (
        lambda: editing.delete(plain_staff, message.pk),
        lambda: rooms.rename(plain_staff, general.pk, "Mine"),
        lambda: memberships.remove(plain_staff, general.pk, bob.pk),
    ):
        with pytest.raises(Forbidden):
            action()


def test_a_user_with_the_permission_deletes_a_message(bob, charlie, general):
    grant(charlie, "chat.delete_message")
    assert editing.delete(charlie, post_message(bob, general).pk).deleted


def test_a_member_of_a_group_with_the_permission_deletes_a_message(bob, charlie, general):
    group = Group.objects.create(name="Moderators")
    group.permissions.add(permission("chat.delete_message"))
    charlie.groups.add(group)
    assert editing.delete(charlie, post_message(bob, general).pk).deleted


def test_each_permission_allows_only_its_action(bob, charlie, general):
    memberships.join(charlie, general.pk)
    grant(charlie, "chat.change_room")
    assert rooms.rename(charlie, general.pk, "Renamed").name == "Renamed"
    with pytest.raises(Forbidden):
        memberships.remove(charlie, general.pk, bob.pk)
    with pytest.raises(Forbidden):
        editing.delete(charlie, post_message(bob, general).pk)
    grant(charlie, "chat.delete_membership")
    memberships.remove(charlie, general.pk, bob.pk)
    assert not Membership.objects.filter(room=general, user=bob).exists()


def test_a_moderator_outside_the_room_does_not_rename_it(bob, general, moderator):
    with pytest.raises(Forbidden):
        rooms.rename(moderator, general.pk, "Mine")


def test_a_moderator_outside_a_private_room_deletes_nothing(alice, den, moderator):
    with pytest.raises(Forbidden):
        editing.delete(moderator, post_message(alice, den).pk)


def test_nobody_moderates_a_direct_conversation(alice, moderator):
    """Not even a moderator who is in it."""
    room = rooms.direct(alice, [moderator.pk])
    message = post_message(alice, room)
    for action in (
        lambda: editing.delete(moderator, message.pk),
        lambda: editing.force_delete(message.pk),
        lambda: rooms.rename(moderator, room.pk, "Mine"),
        lambda: memberships.remove(moderator, room.pk, alice.pk),
    ):
        with pytest.raises(Forbidden):
            action()
    assert editing.delete(moderator, post_message(moderator, room).pk).deleted


def test_the_admin_action_skips_direct_conversations(alice, bob, general, moderator):
    direct, public = (
        post_message(alice, rooms.direct(alice, [bob.pk])),
        post_message(alice, general),
    )
    browser = Client()
    browser.force_login(moderator)
    chosen = {"action": "moderate", "_selected_action": [direct.pk, public.pk]}
    browser.post("/admin/chat/message/", chosen)
    deleted = Message.objects.filter(deleted=True)
    assert list(deleted) == [public]


def test_a_revoked_permission_is_effective_immediately(bob, charlie, general):
    """The user object still has the permission in its cache."""
    grant(charlie, "chat.delete_message")
    assert charlie.has_perm("chat.delete_message")  # which fills the cache
    charlie.user_permissions.clear()
    with pytest.raises(Forbidden):
        editing.delete(charlie, post_message(bob, general).pk)


def deactivate(user) -> None:
    """Deactivates the user without the signals that close open sockets."""
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def test_a_deactivated_user_does_nothing(alice, bob, general):
    mine = post_message(bob, general)
    deactivate(bob)
    for action in (
        lambda: posting.post(bob, general.pk, uuid4(), "Hello"),
        lambda: editing.edit(bob, mine.pk, "Changed"),
        lambda: editing.delete(bob, mine.pk),
        lambda: editing.react(bob, mine.pk, "👍", True),
        lambda: memberships.mark_read(bob, general.pk, 1),
        lambda: rooms.check_visible(bob, general.pk),
    ):
        with pytest.raises(Forbidden):
            action()


def test_a_deactivated_moderator_or_owner_deletes_nothing(alice, bob, charlie, general):
    grant(charlie, "chat.delete_message")
    message = post_message(bob, general)
    deactivate(charlie)
    deactivate(alice)
    for user in (charlie, alice):
        with pytest.raises(Forbidden):
            editing.delete(user, message.pk)


def visible_buttons(user, room) -> dict[str, bool]:
    browser = Client()
    browser.force_login(user)
    page = browser.get(f"/rooms/{room.pk}/").content.decode()
    people = browser.get(f"/rooms/{room.pk}/members/").content.decode()
    return {
        "delete": "data-moderator" in page,
        "rename": f"/rooms/{room.pk}/name/" in people,
        "remove": "/remove/" in people,
    }


def test_the_pages_show_only_allowed_buttons(alice, bob, charlie, general):
    memberships.join(charlie, general.pk)
    nothing = dict.fromkeys(("delete", "rename", "remove"), False)
    assert visible_buttons(alice, general) == dict.fromkeys(nothing, True)
    assert visible_buttons(bob, general) == nothing
    grant(charlie, "chat.change_room")
    assert visible_buttons(charlie, general) == {**nothing, "rename": True}
    grant(bob, "chat.delete_membership")
    assert visible_buttons(bob, general) == {**nothing, "remove": True}


def test_a_moderator_sees_the_delete_button(charlie, general):
    memberships.join(charlie, general.pk)
    grant(charlie, "chat.delete_message")
    assert visible_buttons(charlie, general)["delete"]


def test_staff_without_permissions_see_no_button(plain_staff, general):
    memberships.join(plain_staff, general.pk)
    assert not any(visible_buttons(plain_staff, general).values())


def test_no_buttons_in_a_direct_conversation(alice, moderator):
    assert not any(visible_buttons(moderator, rooms.direct(alice, [moderator.pk])).values())
