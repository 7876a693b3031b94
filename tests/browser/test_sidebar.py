import re
import uuid

import pytest
from playwright.sync_api import expect

from chat.services import memberships, posting, rooms
from tests.browser.page_actions import METERED, connected, message, send, sidebar_link
from tests.browser.test_accessibility import faults
from tests.chat.factories import post_message


@pytest.fixture
def direct(alice, bob):
    return rooms.direct(alice, [bob.pk])


def avatar(page, name):
    return sidebar_link(page, name).locator(".avatar")


def test_the_avatar_shows_while_the_other_user_is_online(url, direct, alice, bob, visit):
    at_alice = visit(alice, url)
    expect(avatar(at_alice, "Bob")).not_to_have_class(re.compile("here"))
    at_bob = visit(bob, url)
    expect(avatar(at_alice, "Bob")).to_have_class(re.compile("here"))
    expect(at_alice.locator("#here")).to_contain_text("Bob")
    at_bob.context.close()
    expect(avatar(at_alice, "Bob")).not_to_have_class(re.compile("here"))
    expect(at_alice.locator("#here")).not_to_contain_text("Bob")


def test_the_state_of_a_person_without_a_shared_room_stays_as_loaded(
    url, general, alice, bob, charlie, visit
):
    visit(alice, url)
    expect(visit(bob, url).locator("#here")).to_contain_text("Alice")
    page = visit(charlie, f"{url}/rooms/{general.pk}/members/")
    expect(page.locator("#here")).to_contain_text("Charlie")  # the socket has sent its presence
    avatars = page.locator(f"main [data-person='{alice.pk}']")
    expect(avatars).to_have_class(re.compile("here"))


def test_the_name_of_a_person_unknown_to_the_page_is_fetched(url, garden, alice, charlie, visit):
    memberships.join(charlie, garden.pk)
    at_alice = visit(alice, url + "/rooms/new/")
    visit(charlie, url)
    expect(at_alice.locator("#here")).to_contain_text("Charlie")


def test_a_message_in_another_room_is_counted_in_the_sidebar_and_the_title(
    url, general, garden, alice, bob, visit
):
    at_alice = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    at_bob = connected(visit(bob, f"{url}/rooms/{garden.pk}/"))
    for text in ("one", "two"):
        send(at_bob, text)
    expect(sidebar_link(at_alice, "Garden").locator(".badge")).to_have_text("2 unread")
    expect(at_alice).to_have_title("(2) General · Chatsite")
    expect(sidebar_link(at_bob, "Garden").locator(".badge")).to_have_count(0)


def test_a_mention_in_another_room_has_a_badge_of_another_colour(
    url, general, garden, alice, bob, visit
):
    at_alice = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    send(connected(visit(bob, f"{url}/rooms/{garden.pk}/")), "@alice look")
    expect(sidebar_link(at_alice, "Garden")).to_have_class("mention")
    at_alice.reload()
    expect(sidebar_link(at_alice, "Garden")).to_have_class("mention")
    badge = sidebar_link(at_alice, "Garden").locator(".badge")
    expect(badge).to_have_text("1 unread, mentioning you")


def test_a_button_leads_to_unread_rooms_further_down(url, alice, bob, visit):
    for number in range(40):
        room = rooms.create(bob, f"Room {number:02}")
        memberships.join(alice, room.pk)
    page = connected(visit(alice, url))
    more = page.get_by_role("button", name="More unread")
    expect(more).to_be_hidden()
    posting.post(bob, room.pk, uuid.uuid4(), "down here")
    more.click()
    expect(sidebar_link(page, "Room 39")).to_be_in_viewport()
    expect(more).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_reading_on_one_device_clears_the_count_on_another(url, general, garden, alice, bob, visit):
    at_alice = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    send(connected(visit(bob, f"{url}/rooms/{garden.pk}/")), "news")
    expect(sidebar_link(at_alice, "Garden").locator(".badge")).to_be_visible()
    visit(alice, f"{url}/rooms/{garden.pk}/")
    expect(sidebar_link(at_alice, "Garden").locator(".badge")).to_have_count(0)
    expect(at_alice).to_have_title("General · Chatsite")


def test_the_page_of_a_removed_member_leaves_the_room(url, alice, bob, visit):
    board = rooms.create(alice, "Board", private=True)
    memberships.invite(alice, board.pk, "bob")
    at_bob = connected(visit(bob, f"{url}/rooms/{board.pk}/"))
    at_alice = visit(alice, f"{url}/rooms/{board.pk}/members/")
    at_alice.get_by_role("button", name="Remove Bob").click()
    expect(at_bob).to_have_url(f"{url}/")
    expect(sidebar_link(at_bob, "Board")).to_have_count(0)


def test_every_page_shows_the_new_name_of_a_room(url, general, alice, bob, visit):
    at_bob = connected(visit(bob, f"{url}/rooms/{general.pk}/"))
    at_alice = visit(alice, f"{url}/rooms/{general.pk}/members/")
    at_alice.get_by_label("Name", exact=True).fill("Commons")
    at_alice.get_by_role("button", name="Save").click()
    expect(at_bob.get_by_role("heading", level=1)).to_have_text("Commons")
    expect(sidebar_link(at_bob, "Commons")).to_be_visible()


def test_a_user_reads_joins_and_leaves_a_public_room(url, garden, charlie, bob, visit):
    at_charlie = visit(charlie, url)
    at_charlie.get_by_role("link", name="Garden").click()
    expect(at_charlie.get_by_text("Join to write")).to_be_visible()
    at_charlie.get_by_role("button", name="Join this room").click()
    send(connected(at_charlie), "Hello all")
    expect(message(at_charlie, "Hello all")).to_be_visible()
    at_charlie.get_by_role("link", name="People and settings").click()
    at_charlie.get_by_role("button", name="Leave the room").click()
    expect(sidebar_link(at_charlie, "Garden")).to_have_count(0)
    expect(at_charlie.get_by_role("button", name="Join Garden")).to_be_visible()


def test_the_members_page_opens_a_conversation(url, general, alice, bob, visit):
    page = visit(alice, f"{url}/rooms/{general.pk}/members/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Message Alice")).to_have_count(0)
    page.get_by_role("button", name="Message Bob").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bob")


def test_people_are_found_while_a_name_is_typed(url, alice, bob, charlie, visit):
    page = visit(alice, url)
    expect(page.get_by_role("button", name="Message Bob")).to_be_visible()
    page.get_by_role("searchbox", name="Find people by name").press_sequentially("char")
    expect(page.get_by_role("button", name="Message Bob")).to_have_count(0)
    page.get_by_role("button", name="Message Charlie").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Charlie")


def test_a_notice_says_who_added_me_and_opens_the_room(url, alice, bob, general, visit):
    secret = rooms.create(bob, "Secret party", private=True)
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    memberships.invite(bob, secret.pk, "alice")
    expect(page.locator("#toast")).to_contain_text("Bob")
    expect(page.locator("#toast")).to_contain_text("added you to")
    expect(sidebar_link(page, "Secret party")).to_be_visible()
    page.locator("#toast").get_by_role("button", name="Open").click()
    expect(page).to_have_url(f"{url}/rooms/{secret.pk}/")


def test_a_room_that_i_was_added_to_while_away_is_new_until_i_open_it(url, alice, bob, visit):
    secret = rooms.create(bob, "Secret party", private=True)
    memberships.invite(bob, secret.pk, "alice")
    page, other = (connected(visit(alice, url)) for _ in range(2))
    new = page.get_by_role("region", name="New for you")
    expect(new).to_contain_text("Bob added you to Secret party")
    expect(sidebar_link(page, "Secret party").get_by_text("New")).to_be_visible()
    new.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Secret party")
    for one in (page, other):
        expect(sidebar_link(one, "Secret party")).to_be_visible()
        expect(sidebar_link(one, "Secret party").get_by_text("New")).to_have_count(0)
    page.goto(url)
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(new).to_have_count(0)


def test_no_notice_about_rooms_that_i_joined_myself(url, alice, bob, general, visit):
    garden = rooms.create(bob, "Garden")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    memberships.join(alice, garden.pk)
    expect(sidebar_link(page, "Garden")).to_be_visible()
    expect(page.locator("#toast")).to_be_hidden()


def test_a_folded_section_keeps_unread_rooms_and_the_open_one(
    url, alice, bob, general, garden, visit
):
    quiet = rooms.create(alice, "Quiet")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    fold = page.get_by_role("button", name="Rooms", exact=True)
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(sidebar_link(page, "Quiet")).to_be_hidden()
    expect(sidebar_link(page, "General")).to_be_visible()
    posting.post(bob, garden.pk, uuid.uuid4(), "look")
    expect(sidebar_link(page, "Garden")).to_be_visible()
    assert faults(page) == []
    memberships.add(rooms.create(bob, "Another"), alice)
    page.reload()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(sidebar_link(page, "Quiet")).to_be_hidden()
    fold.click()
    expect(sidebar_link(page, quiet.name)).to_be_visible()
    expect(sidebar_link(page, "Another")).to_be_visible()


def test_a_folded_section_stays_folded_when_the_lists_change(url, alice, bob, general, visit):
    page = connected(visit(alice, url))
    page.get_by_role("button", name="Rooms", exact=True).click()
    secret = rooms.create(bob, "Secret party", private=True)
    memberships.invite(bob, secret.pk, "alice")
    expect(page.locator("#toast")).to_contain_text("added you to")
    link = page.locator("#lists").get_by_text("Secret party")
    expect(link).to_be_attached()
    expect(link).to_be_hidden()


def test_lists_that_are_fetched_twice_at_once_stay_folded(url, alice, bob, general, visit):
    page = connected(visit(alice, url))
    page.get_by_role("button", name="Rooms", exact=True).click()
    waiting = []
    page.route("**/sidebar/", lambda route: route.continue_() if waiting else waiting.append(route))
    with page.expect_request("**/sidebar/"):
        rooms.create(alice, "First")
    with page.expect_event("console", lambda line: line.text == "queued"):
        page.evaluate("document.body.addEventListener('htmx:confirm', () => console.log('queued'))")
        rooms.create(alice, "Second")
    waiting[0].continue_()
    second = page.locator("#lists").get_by_text("Second")
    expect(second).to_be_attached()
    expect(second).to_be_hidden()
    expect(page.locator("#here")).to_contain_text("Alice")


def test_the_focus_and_the_place_stay_when_the_lists_change(url, alice, visit):
    for number in range(40):
        rooms.create(alice, f"Room {number:02}")
    page = connected(visit(alice, url))
    link = sidebar_link(page, "Room 30")
    link.focus()
    box = link.bounding_box()
    rooms.create(alice, "Room 40")
    expect(sidebar_link(page, "Room 40")).to_be_attached()
    expect(link).to_be_focused()
    assert link.bounding_box() == box


def test_a_favourite_moves_to_the_top_in_every_tab(url, alice, bob, general, garden, visit):
    other = connected(visit(alice, url))
    page = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    page.get_by_role("button", name="Favourite", exact=True).click()
    for tab in (page, other):
        favourites = tab.get_by_role("region", name="Favourites")
        expect(favourites.get_by_role("link", name="Garden")).to_be_visible()
        expect(tab.get_by_role("region", name="Rooms").get_by_text("Garden")).to_have_count(0)
    assert faults(page) == []
    connected(page).goto(url)  # an open room would be read immediately
    posting.post(bob, garden.pk, uuid.uuid4(), "look")
    expect(sidebar_link(other, "Garden").locator(".badge")).to_be_visible()
    page.goto(f"{url}/rooms/{garden.pk}/")
    page.get_by_role("button", name="Favourite", exact=True).click()
    expect(other.get_by_role("region", name="Favourites")).to_have_count(0)


def test_the_outline_of_a_row_is_whole(url, alice, general, orchard, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/", script=METERED))
    row = sidebar_link(page, "Berry")
    page.keyboard.press("Tab")
    row.focus()
    expect(row).to_have_css("outline-style", "solid")
    expect(row).to_have_css("outline-offset", "-2px")  # the list cuts off what reaches out of a row


def test_the_current_room_is_not_under_the_button_for_unread_rooms(url, alice, bob, visit):
    many = [rooms.create(bob, f"Room {number:02}") for number in range(40)]
    for room in many:
        memberships.join(alice, room.pk)
        post_message(bob, room, "news")
    page = connected(visit(alice, f"{url}/rooms/{many[25].pk}/"))
    button = page.get_by_role("button", name="More unread")
    expect(button).to_be_visible()
    row = sidebar_link(page, "Room 25").bounding_box()
    assert row["y"] + row["height"] <= button.bounding_box()["y"]
