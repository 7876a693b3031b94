"""Favourites are the first list of the sidebar, for one user only, in an order of their own."""

import re

import pytest
from django.test import Client

from chat.models import Membership, Room
from chat.services import archiving, memberships, room_list, rooms
from chat.services.favourites import set_favourite

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def mark(client, room, value="1"):
    return client.post(f"/rooms/{room.pk}/favourite/", {"is_favourite": value})


def lists(client) -> tuple[str, str, str]:
    context = client.get("/").context
    names = ("sidebar_favourites", "sidebar_rooms", "sidebar_direct")
    return tuple(context[name] for name in names)


def test_a_favourite_moves_to_its_own_list_and_back(as_alice, general):
    assert mark(as_alice, general).headers["Location"] == f"/rooms/{general.pk}/"
    favourites, others, _ = lists(as_alice)
    assert "General" in favourites
    assert "General" not in others
    assert 'aria-pressed="true"' in as_alice.get(f"/rooms/{general.pk}/").text
    mark(as_alice, general, "0")
    favourites, others, _ = lists(as_alice)
    assert "General" in others
    assert not favourites


def test_a_script_gets_no_page(as_alice, alice, general):
    address, form = f"/rooms/{general.pk}/favourite/", {"is_favourite": "1"}
    response = as_alice.post(address, form, headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (204, b"")
    assert Membership.objects.get(room=general, user=alice).is_favourite


def test_a_direct_conversation_can_be_a_favourite(as_alice, alice, bob):
    mark(as_alice, rooms.direct(alice, [bob.pk]))
    favourites, _, direct = lists(as_alice)
    assert '<li class="direct">' in favourites
    assert "Bob" not in direct


def test_favourites_of_others_stay_where_they_are(as_alice, alice, bob, general):
    memberships.add(general, bob)
    set_favourite(bob, general.pk, True)
    assert not room_list.summaries(alice)[0].is_favourite
    assert room_list.summaries(bob)[0].is_favourite


def test_an_archived_favourite_is_listed_with_the_archived_rooms(as_alice, alice, general):
    mark(as_alice, general)
    archiving.archive(alice, general.pk)
    favourites, others, _ = lists(as_alice)
    assert "General" not in favourites + others
    assert "General" in as_alice.get("/").context["sidebar_archived"]


@pytest.mark.parametrize("value", ["", "true", "2", "\0", "1" * 5000])
def test_any_other_value_is_no_favourite(as_alice, general, value):
    mark(as_alice, general)
    mark(as_alice, general, value)
    assert not Membership.objects.filter(favourite_position__isnull=False).exists()


def test_only_members_have_favourites(client, as_alice, bob):
    garden, den = rooms.create(bob, "Garden"), rooms.create(bob, "Den", private=True)
    assert mark(client, garden).status_code == mark(client, den).status_code == 404
    assert client.post("/rooms/999/favourite/").status_code == 404
    assert client.get(f"/rooms/{garden.pk}/favourite/").status_code == 405
    assert 'aria-label="Favourite"' not in client.get(f"/rooms/{garden.pk}/").text
    client.logout()
    assert mark(client, garden).status_code == 302
    assert not Membership.objects.filter(favourite_position__isnull=False).exists()


def order(client, *room_ids):
    return client.post("/rooms/favourites/order/", {"room": room_ids})


def names(html: str) -> list[str]:
    return re.findall(r'dir="auto">([^<]+)<', html)


@pytest.fixture
def orchard(alice):
    """Three favourites of alice, which are listed in this order."""
    found = [rooms.create(alice, name) for name in ("Cherry", "Apple", "Berry")]
    for room in found:
        set_favourite(alice, room.pk, True)
    return [room.pk for room in found]


def test_favourites_are_listed_in_the_order_of_the_user(as_alice, orchard):
    cherry, apple, berry = orchard
    assert names(lists(as_alice)[0]) == ["Cherry", "Apple", "Berry"]
    assert order(as_alice, berry, cherry, apple).status_code == 204
    assert names(lists(as_alice)[0]) == ["Berry", "Cherry", "Apple"]
    assert names(as_alice.get("/sidebar/").text)[:3] == ["Berry", "Cherry", "Apple"]


def test_favourites_that_were_never_ordered_are_listed_by_name(as_alice, orchard):
    Membership.objects.filter(room__in=orchard).update(favourite_position=0)
    assert names(lists(as_alice)[0]) == ["Apple", "Berry", "Cherry"]


def test_two_devices_have_one_order(as_alice, alice, orchard):
    cherry, apple, berry = orchard
    phone = Client()
    phone.force_login(alice)
    elder = rooms.create(alice, "Elder")
    mark(phone, elder)
    assert order(as_alice, apple, berry, cherry).status_code == 204
    assert names(lists(phone)[0]) == ["Apple", "Berry", "Cherry", "Elder"]
    mark(phone, Room(apple), "0")
    assert order(as_alice, elder.pk, apple, berry, cherry).status_code == 422
    assert names(lists(as_alice)[0]) == ["Berry", "Cherry", "Elder"]


INVALID = ["", "x", "1.5", "-1", "\0", "1,2", "٣", "9" * 5000, str(2**63), str(2**64), "999"]


@pytest.mark.parametrize("value", INVALID)
def test_a_list_with_anything_but_favourites_is_refused(as_alice, orchard, value):
    response = order(as_alice, *reversed(orchard), value)
    assert response.status_code == 422
    assert "not a favourite" in response.json()["detail"]
    assert names(lists(as_alice)[0]) == ["Cherry", "Apple", "Berry"]


def test_an_empty_list_and_doubles_are_refused(as_alice, orchard):
    for room_ids in ([], orchard * 2):
        response = order(as_alice, *room_ids)
        assert response.status_code == 422
        assert response.json()["detail"]
    assert order(as_alice, *range(2000)).status_code == 400
    assert names(lists(as_alice)[0]) == ["Cherry", "Apple", "Berry"]


def test_the_order_is_posted_by_a_signed_in_user(client, as_alice, alice, orchard):
    assert client.get("/rooms/favourites/order/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert order(strict, *reversed(orchard)).status_code == 403
    client.logout()
    assert order(client, *reversed(orchard)).status_code == 302
    client.force_login(alice)
    assert names(lists(client)[0]) == ["Cherry", "Apple", "Berry"]


def test_a_user_who_orders_too_fast_is_refused(as_alice, alice, orchard, used_up):
    used_up(["MEMBERS_PER_MINUTE"], user_id=alice.pk)
    response = order(as_alice, *reversed(orchard))
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert names(lists(as_alice)[0]) == ["Cherry", "Apple", "Berry"]
