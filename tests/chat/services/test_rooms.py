import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import memberships, rooms


def test_who_makes_a_room_owns_it(alice):
    room = rooms.create(alice, "General")
    assert (room.kind, room.name, room.head, room.created_by) == ("public", "General", 0, alice)
    membership = Membership.objects.get(room=room)
    assert (membership.user, membership.is_owner) == (alice, True)


def test_a_private_room(alice):
    assert rooms.create(alice, "Den", private=True).kind == "private"


def test_a_name_is_tidied(alice):
    assert rooms.create(alice, "  Big \t\n room ").name == "Big room"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u3000"])
def test_a_room_needs_a_name(alice, name):
    with pytest.raises(Invalid, match="needs a name"):
        rooms.create(alice, name)
    assert not Room.objects.exists()


def test_a_name_has_at_most_60_characters(alice):
    assert rooms.create(alice, "n" * 60)
    with pytest.raises(Invalid, match="60"):
        rooms.create(alice, "m" * 61)


@pytest.mark.parametrize("name", ["General", "GENERAL", "gEnErAl", " general "])
def test_two_public_rooms_have_two_names(bob, general, name):
    with pytest.raises(Invalid, match="There is a room of that name already"):
        rooms.create(bob, name)
    assert Room.objects.count() == 1


@pytest.mark.parametrize("name", ["Ärger", "ÄRGER", "ärger"])
def test_in_any_case_beyond_ascii_too(alice, bob, name):
    rooms.create(alice, "ärger")
    with pytest.raises(Invalid, match="There is a room of that name already"):
        rooms.create(bob, name)


def test_private_rooms_may_have_any_name(alice, bob, general):
    for user in (alice, bob):
        assert rooms.create(user, "General", private=True).name == "General"


def test_rename(alice, general):
    assert rooms.rename(alice, general.pk, " Town  hall ").name == "Town hall"
    assert Room.objects.get().name == "Town hall"


def test_a_room_may_change_the_case_of_its_name(alice, general):
    assert rooms.rename(alice, general.pk, "GENERAL").name == "GENERAL"


def test_rename_to_a_name_that_is_taken(alice, general):
    other = rooms.create(alice, "Other")
    with pytest.raises(Invalid, match="There is a room of that name already"):
        rooms.rename(alice, other.pk, "general")
    other.refresh_from_db()
    assert other.name == "Other"


@pytest.mark.parametrize("name", ["", "n" * 61])
def test_rename_to_what_is_no_name(alice, general, name):
    with pytest.raises(Invalid):
        rooms.rename(alice, general.pk, name)


def test_its_owner_renames_a_room_and_nobody_else(bob, charlie, staff, general):
    for user in (bob, charlie, staff):
        with pytest.raises(Forbidden):
            rooms.rename(user, general.pk, "Other")


def test_staff_who_are_members_rename_a_room(staff, general):
    memberships.join(staff, general.pk)
    assert rooms.rename(staff, general.pk, "Other").name == "Other"


def test_a_direct_conversation_is_not_renamed(alice, bob, staff):
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            rooms.rename(user, rooms.direct(alice, [bob.pk]).pk, "Other")


def test_who_may_see_a_room(alice, bob, charlie, general, den):
    direct = rooms.direct(alice, [bob.pk])
    visible = {
        user: {room.pk for room in Room.objects.visible_to(user)} for user in (alice, bob, charlie)
    }
    assert visible[alice] == {general.pk, den.pk, direct.pk}
    assert visible[bob] == {general.pk, direct.pk}
    assert visible[charlie] == {general.pk}


def test_get(alice, bob, den):
    assert rooms.get(alice, den.pk) == den
    for user, room_id in ((bob, den.pk), (alice, 10**9)):
        with pytest.raises(Room.DoesNotExist):
            rooms.get(user, room_id)
