import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import memberships, room_list, rooms
from tests.chat.factories import post_message


def is_member(user, room) -> bool:
    return Membership.objects.filter(user=user, room=room).exists()


def test_any_user_joins_a_public_room(charlie, general):
    assert memberships.join(charlie, general.pk) == general
    assert is_member(charlie, general)
    assert not Membership.objects.get(user=charlie).is_owner


def test_joining_again_changes_nothing(alice, general):
    memberships.join(alice, general.pk)
    assert Membership.objects.get(user=alice, room=general).is_owner


def test_private_rooms_and_direct_conversations_cannot_be_joined(alice, bob, charlie, den):
    for room_id in (den.pk, rooms.direct(alice, [bob.pk]).pk, 10**9):
        with pytest.raises(Room.DoesNotExist):
            memberships.join(charlie, room_id)
    assert not Membership.objects.filter(user=charlie).exists()


def test_a_member_leaves_a_room(bob, general):
    memberships.leave(bob, general.pk)
    assert not is_member(bob, general)


def test_a_former_member_does_not_see_a_private_room(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.leave(bob, den.pk)
    with pytest.raises(Room.DoesNotExist):
        rooms.get(bob, den.pk)


def test_only_members_leave_a_room(charlie, general, den):
    for room_id in (general.pk, den.pk, 10**9):
        with pytest.raises(Forbidden):
            memberships.leave(charlie, room_id)


def test_the_oldest_member_becomes_the_owner_when_the_owner_leaves(alice, bob, charlie, general):
    memberships.join(charlie, general.pk)
    memberships.leave(alice, general.pk)
    assert rooms.rename(bob, general.pk, "Bob's").name == "Bob's"
    with pytest.raises(Forbidden):
        rooms.rename(charlie, general.pk, "Charlie's")


def test_the_last_member_may_leave(alice, den):
    memberships.leave(alice, den.pk)
    assert not den.memberships.exists()


def test_a_direct_conversation_cannot_be_left(alice, bob):
    room = rooms.direct(alice, [bob.pk])
    with pytest.raises(Forbidden):
        memberships.leave(bob, room.pk)
    assert is_member(bob, room)


@pytest.mark.parametrize("written", ["bob", "BOB", " Bob "])
def test_a_member_invites_a_user_by_name(alice, bob, den, written):
    assert memberships.invite(alice, den.pk, written).user == bob
    assert rooms.get(bob, den.pk) == den


def test_any_member_invites_users(alice, bob, charlie, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.invite(bob, den.pk, "charlie")
    assert is_member(charlie, den)


def test_inviting_a_member_again_changes_nothing(alice, den):
    assert memberships.invite(alice, den.pk, "alice").is_owner
    assert Membership.objects.count() == 1


def test_a_user_outside_the_room_invites_nobody(alice, bob, charlie, den):
    for room_id in (den.pk, 10**9):
        with pytest.raises(Room.DoesNotExist):
            memberships.invite(bob, room_id, "charlie")


def test_nobody_is_invited_to_a_direct_conversation(alice, bob, charlie):
    with pytest.raises(Room.DoesNotExist):
        memberships.invite(alice, rooms.direct(alice, [bob.pk]).pk, "charlie")


def test_an_unknown_or_deactivated_user_is_not_invited(alice, bob, den):
    bob.is_active = False
    bob.save()
    for name in ("nobody", "bob", ""):
        with pytest.raises(Invalid, match=r"No user named|Enter a username"):
            memberships.invite(alice, den.pk, name)


def test_the_owner_removes_a_member(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.remove(alice, den.pk, bob.pk)
    assert not is_member(bob, den)


def test_other_members_remove_nobody(alice, bob, charlie, staff, general):
    memberships.join(charlie, general.pk)
    for user in (bob, staff):
        with pytest.raises(Forbidden):
            memberships.remove(user, general.pk, charlie.pk)
    assert is_member(charlie, general)


def test_staff_who_are_members_remove_a_member(bob, staff, general):
    memberships.join(staff, general.pk)
    memberships.remove(staff, general.pk, bob.pk)
    assert not is_member(bob, general)


def test_an_owner_is_not_removed(alice, staff, general):
    memberships.join(staff, general.pk)
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            memberships.remove(user, general.pk, alice.pk)
    assert is_member(alice, general)


def test_a_user_who_is_not_a_member_is_not_removed(alice, charlie, general):
    with pytest.raises(Forbidden):
        memberships.remove(alice, general.pk, charlie.pk)


def test_nobody_is_removed_from_a_direct_conversation(alice, bob, staff):
    room = rooms.direct(staff, [alice.pk, bob.pk])
    with pytest.raises(Forbidden):
        memberships.remove(staff, room.pk, bob.pk)


def test_a_new_user_joins_the_default_rooms(alice, general, den, django_user_model):
    post_message(alice, general)
    Room.objects.update(is_default=True)
    dora = django_user_model.objects.create_user("dora")
    memberships.join_defaults(dora)
    membership = Membership.objects.get(user=dora)
    assert (membership.room, membership.last_read_seq) == (general, 1)


def is_new(user, room) -> bool:
    return room_list.find(room_list.summaries(user), room.pk).is_new


def test_a_room_is_new_for_a_user_who_was_added_until_they_open_it(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    assert [(found.room, found.added_by) for found in memberships.new(bob)] == [(den, alice)]
    assert is_new(bob, den)
    assert not is_new(alice, den)
    memberships.mark_opened(bob, den)
    assert memberships.new(bob) == []
    assert not is_new(bob, den)


def test_a_room_that_one_joined_or_created_is_not_new(alice, bob, general):
    memberships.join(bob, general.pk)
    own = rooms.create(bob, "Own")
    direct = rooms.direct(alice, [bob.pk])
    assert not any(is_new(bob, room) for room in (general, own, direct))
    assert memberships.new(bob) == []


def test_a_second_invitation_does_not_make_a_room_new_again(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    memberships.mark_opened(bob, den)
    memberships.invite(alice, den.pk, "bob")
    assert not is_new(bob, den)
    memberships.leave(bob, den.pk)
    memberships.invite(alice, den.pk, "bob")
    assert is_new(bob, den)


def test_without_the_account_of_the_user_who_added_them_a_room_is_not_new(alice, bob, den):
    memberships.invite(alice, den.pk, "bob")
    alice.delete()
    assert memberships.new(bob) == []


def test_at_most_ten_new_rooms_are_listed_the_latest_first(alice, bob):
    for number in range(12):
        memberships.invite(alice, rooms.create(alice, f"Room {number}").pk, "bob")
    new = memberships.new(bob)
    assert len(new) == 10
    assert new == sorted(new, key=lambda found: found.joined_at, reverse=True)
