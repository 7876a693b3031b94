from functools import partial

import pytest
from django.contrib.auth import get_user_model

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import room_list, rooms
from tests.chat.concurrency import run_concurrently


def members(room: Room) -> set[int]:
    return set(Membership.objects.filter(room=room).values_list("user_id", flat=True))


def test_two_people_have_one_conversation(alice, bob):
    room = rooms.direct(alice, [bob.pk])
    assert rooms.direct(bob, [alice.pk]) == room
    assert (room.kind, members(room)) == ("direct", {alice.pk, bob.pk})


def test_another_set_of_people_has_another_conversation(alice, bob, charlie):
    pair = rooms.direct(alice, [bob.pk])
    three = rooms.direct(alice, [charlie.pk, bob.pk])
    assert three != pair
    assert members(three) == {alice.pk, bob.pk, charlie.pk}
    assert rooms.direct(charlie, [alice.pk, bob.pk, bob.pk, charlie.pk]) == three


def test_a_direct_conversation_has_no_owner(alice, bob):
    assert not Membership.objects.filter(room=rooms.direct(alice, [bob.pk]), is_owner=True).exists()


def test_a_direct_conversation_needs_another_person(alice):
    for ids in ([], [alice.pk]):
        with pytest.raises(Invalid, match="2 to 12 people"):
            rooms.direct(alice, ids)


def test_a_direct_conversation_has_at_most_12_people(alice, django_user_model):
    people = [django_user_model.objects.create_user(f"guest{n}").pk for n in range(12)]
    assert rooms.direct(alice, people[:11])
    with pytest.raises(Invalid, match="2 to 12 people"):
        rooms.direct(alice, people)


def test_a_list_longer_than_the_database_accepts_is_refused(alice):
    with pytest.raises(Invalid, match="2 to 12 people"):
        rooms.direct(alice, range(10**6, 10**6 + 300_000))


def test_a_missing_user_is_refused(alice, bob):
    with pytest.raises(Forbidden):
        rooms.direct(alice, [bob.pk, 10**9])
    assert not Room.objects.exists()


def test_a_deactivated_user_is_refused(alice, bob):
    bob.is_active = False
    bob.save()
    with pytest.raises(Forbidden):
        rooms.direct(alice, [bob.pk])


@pytest.fixture
def trio(alice, bob, charlie):
    return rooms.direct(alice, [bob.pk, charlie.pk])


def name_for(user, room: Room) -> str:
    return room_list.find(room_list.summaries(user), room.pk).name


def test_any_member_names_a_group(alice, bob, charlie, trio):
    rooms.rename(bob, trio.pk, "  Summer   trip ")
    assert {name_for(user, trio) for user in (alice, bob, charlie)} == {"Summer trip"}
    assert rooms.direct(charlie, [alice.pk, bob.pk]) == trio


def test_without_its_name_a_group_has_the_names_of_its_people(alice, bob, trio):
    rooms.rename(alice, trio.pk, "Trip")
    rooms.rename(bob, trio.pk, " ")
    assert name_for(alice, trio) == "Bob, Charlie"
    assert name_for(bob, trio) == "Alice, Charlie"


def test_groups_may_have_the_name_of_another_room(alice, bob, trio, general):
    other = rooms.direct(alice, [bob.pk, get_user_model().objects.create_user("dora").pk])
    for room in (trio, other):
        rooms.rename(alice, room.pk, general.name)
    assert [name_for(alice, room) for room in (trio, other)] == [general.name] * 2


def test_others_do_not_name_a_group(trio, staff, django_user_model):
    for user in (staff, django_user_model.objects.create_user("erin")):
        with pytest.raises(Forbidden):
            rooms.rename(user, trio.pk, "Mine")


def test_a_deactivated_member_does_not_name_a_group(trio, bob):
    bob.is_active = False
    bob.save()
    with pytest.raises(Forbidden):
        rooms.rename(bob, trio.pk, "Mine")


@pytest.mark.parametrize("name", ["n" * 61, "a\0b", "\ud800"])
def test_a_name_that_a_group_cannot_have_is_refused(alice, trio, name):
    with pytest.raises(Invalid):
        rooms.rename(alice, trio.pk, name)
    assert name_for(alice, trio) == "Bob, Charlie"


def test_more_people_have_a_new_conversation(alice, bob, charlie, trio):
    pair = rooms.direct(alice, [bob.pk])
    assert rooms.add_people(bob, pair.pk, [charlie.pk]) == trio
    assert members(pair) == {alice.pk, bob.pk}


def test_people_who_are_there_already_are_refused(alice, bob, trio):
    for ids in ([bob.pk], [alice.pk, bob.pk], []):
        with pytest.raises(Invalid, match="already in the conversation"):
            rooms.add_people(alice, trio.pk, ids)


def test_only_members_of_a_conversation_add_people(alice, charlie, bob, staff, general):
    pair = rooms.direct(alice, [bob.pk])
    for user, room in ((charlie, pair), (staff, pair), (alice, general)):
        with pytest.raises(Room.DoesNotExist):
            rooms.add_people(user, room.pk, [charlie.pk])


def test_former_members_do_not_come_along(alice, bob, charlie, trio, django_user_model):
    dora = django_user_model.objects.create_user("dora")
    bob.delete()
    charlie.is_active = False
    charlie.save()
    assert members(rooms.add_people(alice, trio.pk, [dora.pk])) == {alice.pk, dora.pk}


def test_nobody_adds_a_thirteenth_person(alice, django_user_model):
    people = [django_user_model.objects.create_user(f"guest{n}").pk for n in range(12)]
    full = rooms.direct(alice, people[:11])
    with pytest.raises(Invalid, match="create a private room"):
        rooms.add_people(alice, full.pk, [people[11]])


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_create_one_conversation(alice, bob):
    calls = [partial(rooms.direct, alice, [bob.pk]), partial(rooms.direct, bob, [alice.pk])] * 5
    assert {room.pk for room in run_concurrently(calls)} == {Room.objects.get().pk}
    assert Membership.objects.count() == 2
