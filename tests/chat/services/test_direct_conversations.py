from functools import partial

import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.services import rooms
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


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_create_one_conversation(alice, bob):
    calls = [partial(rooms.direct, alice, [bob.pk]), partial(rooms.direct, bob, [alice.pk])] * 5
    assert {room.pk for room in run_concurrently(calls)} == {Room.objects.get().pk}
    assert Membership.objects.count() == 2
