"""Groups get a name and more people."""

import pytest
from playwright.sync_api import expect

from chat.services import rooms
from tests.browser.page_actions import composer, connected, sidebar_link


@pytest.fixture
def trio(alice, bob, charlie):
    return rooms.direct(alice, [bob.pk, charlie.pk])


@pytest.fixture
def page(url, trio, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{trio.pk}/"))


def heading(page):
    return page.get_by_role("heading", level=1)


def test_a_new_name_reaches_the_pages_that_are_open(page, url, trio, bob, visit):
    at_bob = visit(bob, f"{url}/rooms/{trio.pk}/members/")
    at_bob.get_by_label("Name", exact=True).fill("Summer trip")
    at_bob.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Summer trip")
    expect(page.locator("#people-names")).to_have_text("Bob, Charlie")
    expect(sidebar_link(page, "Summer trip")).to_be_visible()
    assert "Summer trip" in page.title()
    expect(composer(page)).to_have_attribute("placeholder", "Message Summer trip")
    expect(page.get_by_role("textbox", name="Message to Summer trip")).to_be_visible()
    at_bob.get_by_label("Name", exact=True).fill("")
    at_bob.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Bob, Charlie")
    expect(page.locator("#people-names")).to_be_hidden()


def test_a_new_name_of_a_person_leaves_the_name_of_the_group(page, alice, bob, trio):
    rooms.rename(alice, trio.pk, "Trip")
    expect(heading(page)).to_have_text("Trip")
    bob.name = "Robert"
    bob.save()
    expect(page.locator("#people-names")).to_have_text("Robert, Charlie")
    expect(heading(page)).to_have_text("Trip")


@pytest.mark.parametrize("text", ["trip", "charlie", "@bob"])
def test_a_named_group_is_found_by_its_people_too(page, alice, trio, text):
    rooms.rename(alice, trio.pk, "Trip")
    expect(sidebar_link(page, "Trip")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Room or person").fill(text)
    expect(page.locator("#jump-list a .name")).to_have_text("Trip")


def test_people_are_added_in_a_new_conversation(url, alice, bob, charlie, visit):
    pair = rooms.direct(alice, [bob.pk])
    page = connected(visit(alice, f"{url}/rooms/{pair.pk}/"))
    page.get_by_role("link", name="People and settings").click()
    page.get_by_label("Usernames").fill("nobody")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("No user named nobody.")).to_be_visible()
    page.get_by_label("Usernames").fill("charlie")
    page.get_by_role("button", name="Add").click()
    expect(heading(page)).to_have_text("Bob, Charlie")
    expect(sidebar_link(page, "Bob, Charlie")).to_have_attribute("aria-current", "page")
