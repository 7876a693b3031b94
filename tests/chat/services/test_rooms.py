import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import memberships, rooms


def test_the_creator_of_a_room_owns_it(alice):
    room = rooms.create(alice, "General")
    assert (room.kind, room.name, room.head, room.created_by) == ("public", "General", 0, alice)
    membership = Membership.objects.get(room=room)
    assert (membership.user, membership.is_owner) == (alice, True)


def test_a_room_may_be_private(alice):
    assert rooms.create(alice, "Den", private=True).kind == "private"


def test_white_space_in_a_name_is_normalized(alice):
    assert rooms.create(alice, "  Big \t\n room ").name == "Big room"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u3000"])
def test_a_room_needs_a_name(alice, name):
    with pytest.raises(Invalid, match="Enter a name"):
        rooms.create(alice, name)
    assert not Room.objects.exists()


def test_a_name_has_at_most_60_characters(alice):
    assert rooms.create(alice, "n" * 60)
    with pytest.raises(Invalid, match="60"):
        rooms.create(alice, "m" * 61)


@pytest.mark.parametrize("name", ["General", "GENERAL", "gEnErAl", " general "])
def test_two_public_rooms_cannot_have_the_same_name(bob, general, name):
    with pytest.raises(Invalid, match="A room with this or a similar name already exists"):
        rooms.create(bob, name)
    assert Room.objects.count() == 1


@pytest.mark.parametrize("name", ["Ärger", "ÄRGER", "ärger"])
def test_names_are_compared_without_case_beyond_ascii(alice, bob, name):
    rooms.create(alice, "ärger")
    with pytest.raises(Invalid, match="A room with this or a similar name already exists"):
        rooms.create(bob, name)


def test_private_rooms_may_have_the_same_name(alice, bob, general):
    for user in (alice, bob):
        assert rooms.create(user, "General", private=True).name == "General"


def test_the_owner_renames_a_room(alice, general):
    assert rooms.rename(alice, general.pk, " Town  hall ").name == "Town hall"
    assert Room.objects.get().name == "Town hall"


def test_the_owner_changes_the_case_of_a_name(alice, general):
    assert rooms.rename(alice, general.pk, "GENERAL").name == "GENERAL"


def test_renaming_to_a_taken_name_is_refused(alice, general):
    other = rooms.create(alice, "Other")
    with pytest.raises(Invalid, match="A room with this or a similar name already exists"):
        rooms.rename(alice, other.pk, "general")
    other.refresh_from_db()
    assert other.name == "Other"


@pytest.mark.parametrize("name", ["", "n" * 61])
def test_renaming_to_an_invalid_name_is_refused(alice, general, name):
    with pytest.raises(Invalid):
        rooms.rename(alice, general.pk, name)


def test_only_the_owner_renames_a_room(bob, charlie, staff, general):
    for user in (bob, charlie, staff):
        with pytest.raises(Forbidden):
            rooms.rename(user, general.pk, "Other")


def test_staff_who_are_members_rename_a_room(staff, general):
    memberships.join(staff, general.pk)
    assert rooms.rename(staff, general.pk, "Other").name == "Other"


def test_a_conversation_of_two_is_not_renamed(alice, bob, staff):
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            rooms.rename(user, rooms.direct(alice, [bob.pk]).pk, "Other")


def test_users_see_public_rooms_and_rooms_of_their_own(alice, bob, charlie, general, den):
    direct = rooms.direct(alice, [bob.pk])
    visible = {
        user: {room.pk for room in Room.objects.visible_to(user)} for user in (alice, bob, charlie)
    }
    assert visible[alice] == {general.pk, den.pk, direct.pk}
    assert visible[bob] == {general.pk, direct.pk}
    assert visible[charlie] == {general.pk}


def test_get_returns_only_visible_rooms(alice, bob, den):
    assert rooms.get(alice, den.pk) == den
    for user, room_id in ((bob, den.pk), (alice, 10**9)):
        with pytest.raises(Room.DoesNotExist):
            rooms.get(user, room_id)
