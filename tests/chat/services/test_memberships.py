import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import memberships, rooms
from tests.chat.factories import post_message


def is_member(user, room) -> bool:
    return Membership.objects.filter(user=user, room=room).exists()


def test_anybody_joins_a_public_room(charlie, general):
    assert memberships.join(charlie, general.pk) == general
    assert is_member(charlie, general)
    assert not Membership.objects.get(user=charlie).is_owner


def test_to_join_again_changes_nothing(alice, general):
    memberships.join(alice, general.pk)
    assert Membership.objects.get(user=alice, room=general).is_owner


def test_nobody_joins_a_private_room_or_a_foreign_conversation(alice, bob, charlie, den):
    for room_id in (den.pk, rooms.direct(alice, [bob.pk]).pk, 10**9):
        with pytest.raises(Room.DoesNotExist):
            memberships.join(charlie, room_id)
    assert not Membership.objects.filter(user=charlie).exists()


def test_leave(bob, general):
    memberships.leave(bob, general.pk)
    assert not is_member(bob, general)


def test_who_left_a_private_room_does_not_see_it_any_more(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.leave(bob, den.pk)
    with pytest.raises(Room.DoesNotExist):
        rooms.get(bob, den.pk)


def test_one_leaves_the_rooms_one_is_in(charlie, general, den):
    for room_id in (general.pk, den.pk, 10**9):
        with pytest.raises(Forbidden):
            memberships.leave(charlie, room_id)


def test_when_the_owner_leaves_the_oldest_member_is_the_owner(alice, bob, charlie, general):
    memberships.join(charlie, general.pk)
    memberships.leave(alice, general.pk)
    assert rooms.rename(bob, general.pk, "Bob's").name == "Bob's"
    with pytest.raises(Forbidden):
        rooms.rename(charlie, general.pk, "Charlie's")


def test_the_last_one_may_leave(alice, den):
    memberships.leave(alice, den.pk)
    assert not den.memberships.exists()


def test_a_direct_conversation_is_not_left(alice, bob):
    room = rooms.direct(alice, [bob.pk])
    with pytest.raises(Forbidden):
        memberships.leave(bob, room.pk)
    assert is_member(bob, room)


@pytest.mark.parametrize("written", ["bob", "BOB", " Bob "])
def test_a_member_invites_somebody(alice, bob, den, written):
    assert memberships.invite(alice, den.pk, written).user == bob
    assert rooms.get(bob, den.pk) == den


def test_any_member_does(alice, bob, charlie, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.invite(bob, den.pk, "charlie")
    assert is_member(charlie, den)


def test_to_invite_a_member_again_changes_nothing(alice, den):
    assert memberships.invite(alice, den.pk, "alice").is_owner
    assert Membership.objects.count() == 1


def test_nobody_from_outside_invites(alice, bob, charlie, den):
    for room_id in (den.pk, 10**9):
        with pytest.raises(Room.DoesNotExist):
            memberships.invite(bob, room_id, "charlie")


def test_nobody_is_invited_to_a_direct_conversation(alice, bob, charlie):
    with pytest.raises(Room.DoesNotExist):
        memberships.invite(alice, rooms.direct(alice, [bob.pk]).pk, "charlie")


def test_nobody_of_that_name(alice, bob, den):
    bob.is_active = False
    bob.save()
    for name in ("nobody", "bob", ""):
        with pytest.raises(Invalid, match=r"No user named|Enter a username"):
            memberships.invite(alice, den.pk, name)


def test_the_owner_removes_somebody(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.remove(alice, den.pk, bob.pk)
    assert not is_member(bob, den)


def test_nobody_else_does(alice, bob, charlie, staff, general):
    memberships.join(charlie, general.pk)
    for user in (bob, staff):
        with pytest.raises(Forbidden):
            memberships.remove(user, general.pk, charlie.pk)
    assert is_member(charlie, general)


def test_staff_who_are_members_do(bob, staff, general):
    memberships.join(staff, general.pk)
    memberships.remove(staff, general.pk, bob.pk)
    assert not is_member(bob, general)


def test_an_owner_is_not_removed(alice, staff, general):
    memberships.join(staff, general.pk)
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            memberships.remove(user, general.pk, alice.pk)
    assert is_member(alice, general)


def test_who_is_not_there_is_not_removed(alice, charlie, general):
    with pytest.raises(Forbidden):
        memberships.remove(alice, general.pk, charlie.pk)


def test_nobody_is_removed_from_a_direct_conversation(alice, bob, staff):
    room = rooms.direct(staff, [alice.pk, bob.pk])
    with pytest.raises(Forbidden):
        memberships.remove(staff, room.pk, bob.pk)


def test_who_is_new_joins_the_default_rooms(alice, general, den, django_user_model):
    post_message(alice, general)
    Room.objects.update(is_default=True)
    dora = django_user_model.objects.create_user("dora")
    memberships.join_defaults(dora)
    membership = Membership.objects.get(user=dora)
    assert (membership.room, membership.last_read_seq) == (general, 1)
