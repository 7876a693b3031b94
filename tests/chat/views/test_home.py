import pytest

from chat.services import memberships, rooms
from tests.chat.factories import post_message


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def html(client, address="/"):
    return client.get(address).content.decode()


def test_a_newcomer_is_told_what_to_do(as_alice):
    page = html(as_alice)
    assert "Welcome, Alice" in page
    assert "Create the first one" in page


def test_a_newcomer_in_a_room_is_led_to_it(as_alice, general):
    page = html(as_alice)
    assert "Welcome, Alice" in page
    assert "Go to #General" in page


def test_who_comes_back_is_led_to_what_is_new(as_alice, alice, bob, general):
    garden, zoo = rooms.create(bob, "Garden"), rooms.create(bob, "Zoo")
    for room in (garden, zoo):
        memberships.join(alice, room.pk)
    post_message(bob, garden)
    assert "Go to #Garden" in html(as_alice)
    post_message(bob, zoo, "@alice, look")
    assert "Go to #Zoo" in html(as_alice)


def test_rooms_to_join_are_the_public_ones_of_others(as_alice, alice, bob):
    rooms.create(bob, "Garden")
    rooms.create(bob, "Board", private=True)
    rooms.create(alice, "Mine")
    assert [room.name for room in as_alice.get("/").context["open_rooms"]] == ["Garden"]


def test_many_rooms_to_join_are_folded_away(as_alice, bob):
    for number in range(8):
        rooms.create(bob, f"Room {number}")
    page = html(as_alice)
    assert "2 more" in page
    assert page.index("Room 5") < page.index("2 more") < page.index("Room 6")


def test_a_room_that_was_left_is_not_offered_as_the_last(as_alice, alice, general):
    as_alice.get(f"/rooms/{general.pk}/")
    assert "Back to #General" in html(as_alice)
    memberships.leave(alice, general.pk)
    assert "Back to" not in html(as_alice)


def test_people_are_found_by_any_part_of_their_names(as_alice, bob, charlie):
    charlie.name = "Карл Großmann"
    charlie.save()
    searches = {"OB": [bob], "карл mann": [charlie], "карл bob": [], "": [bob, charlie]}
    for text, found in searches.items():
        assert list(as_alice.get("/people/", {"q": text}).context["people"]) == found, text


def test_who_is_gone_is_not_found(as_alice, bob):
    bob.is_active = False
    bob.save()
    assert "No people found" in html(as_alice, "/people/?q=bob")


def test_rooms_to_join_and_people_are_found_together(as_alice, alice, bob, charlie, general):
    garden = rooms.create(bob, "Großer Garten")
    rooms.create(bob, "Garden of secrets", private=True)
    found = as_alice.get("/jump/", {"q": " GROSSER  gart "})
    assert list(found.context["open_rooms"]) == [garden]
    assert f'href="/rooms/{garden.pk}/"' in found.text
    found = as_alice.get("/jump/", {"q": "ar"})
    assert list(found.context["open_rooms"]) == [garden]
    assert list(found.context["people"]) == [charlie]
    assert f'value="{charlie.pk}"' in found.text
    assert list(as_alice.get("/jump/", {"q": "gen"}).context["open_rooms"]) == []


@pytest.mark.parametrize("text", ["\x00", "%", "a" * 5000])
def test_odd_searches_find_nothing_to_join(as_alice, bob, text):
    rooms.create(bob, "Garden")
    found = list(as_alice.get("/jump/", {"q": text}).context["open_rooms"])
    assert len(found) == (text == "\x00")


def test_whoever_is_not_signed_in_finds_nothing(client, general):
    assert client.get("/jump/?q=gen").url.startswith("/accounts/login/")


@pytest.mark.parametrize("text", ["\x00", "%", "_", "'; --", "a" * 5000])
def test_odd_searches_find_nobody(as_alice, bob, text):
    found = list(as_alice.get("/people/", {"q": text}).context["people"])
    assert found == ([bob] if text == "\x00" else [])


def test_the_lists_alone(as_alice, alice, bob, general):
    rooms.direct(alice, [bob.pk])
    page = html(as_alice, f"/sidebar/?current={general.pk}")
    assert "<html" not in page
    assert f'href="/rooms/{general.pk}/"' in page
    assert page.count('aria-current="page"') == 1
    assert 'data-name="Bob"' in page


def test_a_page_that_is_not_there(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
