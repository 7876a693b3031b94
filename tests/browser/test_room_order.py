"""Unread rooms first, by choice, and the field that filters long lists."""

import pytest
from playwright.sync_api import expect

from chat.services import rooms
from tests.browser.page_actions import PHONE, connected, sidebar_link
from tests.browser.test_accessibility import faults
from tests.chat.factories import post_message

NAMES = ("Apple", "Berry", "Cherry", "Damson")


@pytest.fixture
def page(url, alice, orchard, visit):
    page = connected(visit(alice, f"{url}/rooms/{orchard['Apple'].pk}/"))
    page.mouse.move(800, 300)
    return page


@pytest.fixture
def many(alice):
    names = [f"Room {number:02}" for number in range(25)]
    for name in (*names, "Café", "Сад", "花园"):
        rooms.create(alice, name)
    return names


def names(page):
    return page.locator("#lists .rooms:not(.people) li:visible .name").all_inner_texts()


def choose(page):
    page.get_by_role("button", name="Unread first").click()
    page.mouse.move(800, 300)


def expect_names(page, *expected):
    expect(page.locator("#lists .rooms:not(.people) li:visible .name")).to_have_text(expected)


def test_unread_rooms_come_first_and_mentions_before_them(page, bob, orchard):
    choose(page)
    post_message(bob, orchard["Cherry"], "one")
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    post_message(bob, orchard["Damson"], "@alice two")
    expect_names(page, "Damson", "Cherry", "Apple", "Berry")
    sidebar_link(page, "Damson").click()
    page.mouse.move(800, 300)
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    assert faults(page) == []


def test_the_choice_stays_on_this_device_and_can_be_taken_back(page, bob, orchard):
    post_message(bob, orchard["Cherry"], "one")
    expect(sidebar_link(page, "Cherry").locator(".badge")).to_be_visible()
    expect_names(page, *NAMES)
    choose(page)
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    page.reload()
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    expect(page.get_by_role("button", name="Unread first")).to_have_attribute(
        "aria-pressed", "true"
    )
    choose(page)
    expect_names(page, *NAMES)


def test_rows_do_not_move_under_the_pointer(page, bob, orchard):
    choose(page)
    sidebar_link(page, "Berry").hover()
    post_message(bob, orchard["Cherry"], "one")
    expect(sidebar_link(page, "Cherry").locator(".badge")).to_be_visible()
    expect_names(page, *NAMES)
    page.mouse.move(800, 300)
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")


def test_the_focus_stays_when_rows_move(page, bob, orchard):
    choose(page)
    sidebar_link(page, "Damson").focus()
    post_message(bob, orchard["Cherry"], "one")
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    expect(sidebar_link(page, "Damson")).to_be_focused()


def test_a_list_that_was_fetched_again_keeps_the_order(page, alice, bob, orchard):
    choose(page)
    post_message(bob, orchard["Cherry"], "one")
    expect_names(page, "Cherry", "Apple", "Berry", "Damson")
    rooms.create(alice, "Elder")
    expect_names(page, "Cherry", "Apple", "Berry", "Damson", "Elder")


def test_short_lists_have_no_filter(page):
    expect(page.locator("#filter")).to_be_hidden()


def test_the_filter_finds_parts_of_names_in_any_script(page, many):
    page.reload()
    field = page.get_by_role("searchbox", name="Filter rooms")
    for text, expected in {"cafe": "Café", "САД": "Сад", "园": "花园", "oom 17": "Room 17"}.items():
        field.fill(text)
        expect_names(page, expected)
    field.fill("nothing like it")
    expect(page.get_by_text("No rooms match.")).to_be_visible()
    assert faults(page) == []
    field.press("Escape")
    expect(field).to_have_value("")
    assert len(names(page)) == len(NAMES) + len(many) + 3


def test_the_filter_shows_folded_rooms_and_opens_the_first(page, many):
    page.get_by_role("button", name="Rooms", exact=True).click()
    page.reload()
    field = page.get_by_role("searchbox", name="Filter rooms")
    field.fill("oom 00")
    expect_names(page, "Room 00")
    field.press("ArrowDown")
    expect(sidebar_link(page, "Room 00")).to_be_focused()
    field.focus()
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Room 00")
    expect(field).to_have_value("")
    expect_names(page, "Room 00")  # the others are folded again


def test_the_filter_applies_to_rooms_that_are_added_meanwhile(page, alice, many):
    page.reload()
    connected(page)
    page.get_by_role("searchbox", name="Filter rooms").fill("new")
    expect_names(page)
    rooms.create(alice, "Old")
    rooms.create(alice, "Brand new")
    expect_names(page, "Brand new")


def test_without_javascript_there_is_neither(url, alice, orchard, many, visit):
    page = visit(alice, f"{url}/rooms/{orchard['Apple'].pk}/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Unread first")).to_be_hidden()
    expect(page.locator("#filter")).to_be_hidden()


def test_on_a_phone_the_filter_is_in_the_drawer(url, alice, orchard, many, visit):
    page = connected(visit(alice, f"{url}/rooms/{orchard['Apple'].pk}/", **PHONE))
    page.locator("#open-drawer").tap()
    page.get_by_role("searchbox", name="Filter rooms").fill("berry")
    expect_names(page, "Berry")
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
