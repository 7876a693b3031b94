"""Favourites are the first list of the sidebar, for one user only."""

import pytest

from chat.models import Membership
from chat.services import archiving, memberships, room_list, rooms
from chat.services.memberships import set_favourite

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


def test_a_direct_conversation_can_be_a_favourite(as_alice, alice, bob):
    mark(as_alice, rooms.direct(alice, [bob.pk]))
    favourites, _, direct = lists(as_alice)
    assert '<li class="direct">' in favourites
    assert "Bob" not in direct


def test_favourites_of_others_stay_where_they_are(as_alice, alice, bob, general):
    memberships.add(general, bob)
    set_favourite(bob, general.pk, True)
    assert not room_list.summaries(alice)[0].is_favourite
    assert room_list.summaries(bob)[0].is_favourite is True


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
    assert not Membership.objects.filter(is_favourite=True).exists()


def test_only_members_have_favourites(client, as_alice, bob):
    garden, den = rooms.create(bob, "Garden"), rooms.create(bob, "Den", private=True)
    assert mark(client, garden).status_code == mark(client, den).status_code == 404
    assert client.post("/rooms/999/favourite/").status_code == 404
    assert client.get(f"/rooms/{garden.pk}/favourite/").status_code == 405
    assert 'aria-label="Favourite"' not in client.get(f"/rooms/{garden.pk}/").text
    client.logout()
    assert mark(client, garden).status_code == 302
    assert not Membership.objects.filter(is_favourite=True).exists()
