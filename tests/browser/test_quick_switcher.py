"""Ctrl+K opens the room or person that the user most likely means."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from chat.services import memberships, rooms
from tests.browser.page_actions import connected
from tests.chat.factories import post_message


@pytest.fixture
def alex():
    return get_user_model().objects.create_user("alex", name="Alex")


@pytest.fixture
def page(url, general, alice, alex, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def jump(page, text):
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Room or person").fill(text)
    page.keyboard.press("Enter")


def heading(page):
    return page.get_by_role("heading", level=1)


def listed(page):
    return page.locator("#jump-list .name")


@pytest.mark.parametrize("text", ["al", "AL", "@al", "@alex", "alex", " @alex ", "＠alex"])
def test_the_beginning_of_a_name_comes_before_the_middle_of_another(page, text):
    jump(page, text)
    expect(heading(page)).to_have_text("Alex")


@pytest.mark.parametrize("text", ["#gen", "gen", "#general", "eral", "#al", " #General "])
def test_a_room_is_found_by_its_name(page, url, alice, bob, text):
    garden = rooms.create(alice, "Garden")
    page.goto(f"{url}/rooms/{garden.pk}/")
    connected(page)
    jump(page, text)
    expect(heading(page)).to_have_text("General")


def test_matches_are_ordered_by_their_place_in_the_name(page, alice, bob):
    for name in ("Alpha", "Al", "Big Al", "Total"):
        rooms.create(bob, name)
    for name in ("Alpine", "The almanac", "Royal"):
        rooms.create(alice, name)
    page.reload()
    connected(page)
    page.keyboard.press("Control+k")
    with page.expect_response("**/jump/*"):
        page.get_by_role("searchbox", name="Room or person").fill("al")
    expect(listed(page)).to_have_text(
        ["Al", "Alpine", "Alpha", "Alex", "The almanac", "Big Al", "Royal", "Total", "General"]
    )


def test_a_username_counts_as_a_name(page, alice):
    get_user_model().objects.create_user("mary", name="Zoe")
    rooms.create(alice, "Customary")
    page.reload()
    connected(page)
    jump(page, "mary")
    expect(heading(page)).to_have_text("Zoe")


def test_equal_matches_are_ordered_by_unread_and_then_by_last_visit(url, page, alice, bob):
    found = [rooms.create(alice, f"Team {name}") for name in ("A", "B", "C", "D")]
    memberships.join(bob, found[3].pk)
    for room in (found[1], found[2], found[0]):
        page.goto(f"{url}/rooms/{room.pk}/")
        connected(page)
    post_message(bob, found[3])
    expect(page).to_have_title("(1) Team A · Chatsite")
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Room or person").fill("team")
    expect(listed(page)).to_have_text(["Team D", "Team C", "Team B", "Team A"])


def test_own_rooms_are_found_without_the_server(page, url, alice):
    rooms.create(alice, "Royal")
    page.reload()
    connected(page)
    page.route("**/jump/*", lambda route: route.abort())
    jump(page, "roy")
    expect(heading(page)).to_have_text("Royal")


def test_a_better_match_beyond_the_first_results_comes_first(page, alice):
    for number in range(30):
        get_user_model().objects.create_user(f"person{number}", name=f"Regal {number}")
    get_user_model().objects.create_user("zz", name="Galahad")
    jump(page, "gal")
    expect(heading(page)).to_have_text("Galahad")
