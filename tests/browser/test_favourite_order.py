"""Favourites are ordered by hand: with the mouse, by touch and by keys."""

import re

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import rooms
from chat.services.favourites import set_favourite, set_order
from tests.browser.page_actions import PHONE, composer, connected, sidebar_link
from tests.browser.test_accessibility import faults
from tests.chat.factories import post_message

NAMES = ("Apple", "Berry", "Cherry", "Damson")
UP, DOWN = "Alt+Shift+ArrowUp", "Alt+Shift+ArrowDown"
ORDER = "**/rooms/favourites/order/"


@pytest.fixture
def page(open_page):
    return open_page()


def row(page, name):
    return page.locator("#favourites li").filter(has_text=name)


def expect_order(page, *names):
    expect(page.locator("#favourites .name")).to_have_text(names)


def order_of(user) -> list[str]:
    found = Membership.objects.filter(user=user, favourite_position__isnull=False)
    return list(found.order_by("favourite_position").values_list("room__name", flat=True))


def middle(page, name) -> tuple[float, float]:
    box = row(page, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, name, to, by=0):
    """Drags a favourite to the middle of another one, or so many pixels below it. The button of the
    mouse stays pressed."""
    page.mouse.move(*middle(page, name))
    page.mouse.down()
    x, y = middle(page, to)
    page.mouse.move(x, y + by, steps=5)
    expect(row(page, name)).to_have_class(re.compile("dragged"))


def drop(page):
    with page.expect_response(ORDER):
        page.mouse.up()


def test_a_favourite_is_dragged_up_and_down(page, alice):
    drag(page, "Damson", "Berry", -5)
    expect(row(page, "Berry")).to_have_class(re.compile("lands-before"))
    assert faults(page) == []
    drop(page)
    expect_order(page, "Apple", "Damson", "Berry", "Cherry")
    expect(page.get_by_role("status").get_by_text("Damson, 2 of 4")).to_be_attached()
    drag(page, "Apple", "Cherry", 5)
    expect(row(page, "Cherry")).to_have_class(re.compile("lands-after"))
    drop(page)
    expect_order(page, "Damson", "Berry", "Cherry", "Apple")
    expect(page.locator(".dragged, .dragging, .lands-before, .lands-after")).to_have_count(0)
    page.reload()
    expect_order(page, "Damson", "Berry", "Cherry", "Apple")
    assert order_of(alice) == ["Damson", "Berry", "Cherry", "Apple"]
    assert faults(page) == []


def test_a_click_still_opens_the_room(page):
    x, y = middle(page, "Berry")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y + 2)
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_have_text("Berry")
    expect_order(page, *NAMES)


def test_a_drag_opens_nothing_selects_nothing_and_drops_no_address(page):
    drag(page, "Damson", "Apple", -5)
    drop(page)
    drag(page, "Damson", "Berry", 5)
    box = composer(page).bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 10, steps=5)
    expect(page.locator(".lands-before, .lands-after")).to_have_count(0)
    page.mouse.up()
    expect(page.locator(".dragged")).to_have_count(0)
    expect(composer(page)).to_have_value("")
    expect(page.get_by_role("heading", level=1)).to_have_text("General")
    assert page.evaluate("getSelection().toString()") == ""
    drag(page, "Damson", "Berry")
    page.mouse.move(*middle(page, "Damson"), steps=5)
    page.mouse.up()
    expect(page.locator(".dragged")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("General")
    expect_order(page, "Damson", "Apple", "Berry", "Cherry")


def test_escape_cancels_a_drag(page, alice):
    drag(page, "Damson", "Apple")
    page.keyboard.press("Escape")
    expect(page.locator(".dragged, .lands-before, .lands-after")).to_have_count(0)
    page.mouse.up()
    expect_order(page, *NAMES)
    expect(page.get_by_role("heading", level=1)).to_have_text("General")
    sidebar_link(page, "Damson").press("Enter")  # keys are not part of the drag
    expect(page.get_by_role("heading", level=1)).to_have_text("Damson")
    assert order_of(alice) == list(NAMES)


def test_a_favourite_moves_by_keys_and_keeps_the_focus(page, alice):
    link = sidebar_link(page, "Apple")
    link.focus()
    with page.expect_response("**/sidebar/**"):  # after the order is saved
        page.keyboard.press(DOWN)
        page.keyboard.press(DOWN)
        expect_order(page, "Berry", "Cherry", "Apple", "Damson")
        expect(page.get_by_role("status").get_by_text("Apple, 3 of 4")).to_be_attached()
    expect(link).to_be_focused()
    assert order_of(alice) == ["Berry", "Cherry", "Apple", "Damson"]
    for key in (UP, UP, UP, UP):
        page.keyboard.press(key)
    expect(page.get_by_role("status").get_by_text("Apple, 1 of 4")).to_be_attached()
    expect_order(page, *NAMES)
    expect(link).to_be_focused()
    assert link.get_attribute("aria-keyshortcuts") == f"{UP} {DOWN}"
    assert faults(page) == []


def test_an_order_that_was_not_saved_yet_is_saved_on_leaving(page, url):
    sidebar_link(page, "Apple").focus()
    page.keyboard.press(DOWN)
    page.goto(f"{url}/rooms/new/")
    expect_order(page, "Berry", "Apple", "Cherry", "Damson")


def test_keys_pressed_while_an_order_is_saved_are_saved_too(page, open_page):
    other, waiting = open_page(), []
    page.route(ORDER, lambda route: route.continue_() if waiting else waiting.append(route))
    sidebar_link(page, "Apple").focus()
    with page.expect_request(ORDER):
        page.keyboard.press(DOWN)
    page.keyboard.press(DOWN)
    waiting[0].continue_()
    for tab in (page, other):
        expect_order(tab, "Berry", "Cherry", "Apple", "Damson")


def test_other_tabs_and_devices_get_the_order(page, open_page):
    other, phone = open_page(), open_page(**PHONE)
    drag(page, "Damson", "Apple", -5)
    drop(page)
    for device in (other, phone):
        expect_order(device, "Damson", "Apple", "Berry", "Cherry")


def test_a_device_that_was_offline_gets_the_order(page, alice, favourites):
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("#notice")).to_be_visible()
    set_order(alice, [favourites["Cherry"].pk])
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_order(page, "Cherry", "Apple", "Berry", "Damson")


def test_lists_that_change_during_a_drag_do_not_end_it(page, alice, favourites):
    drag(page, "Damson", "Apple", -5)
    with page.expect_response("**/sidebar/**"):
        set_favourite(alice, rooms.create(alice, "Elder").pk, True)
    expect(row(page, "Damson")).to_have_class(re.compile("dragged"))
    drop(page)
    expect_order(page, "Damson", "Apple", "Berry", "Cherry", "Elder")
    drag(page, "Elder", "Apple")
    with page.expect_response("**/sidebar/**"):
        set_favourite(alice, favourites["Berry"].pk, False)
    page.keyboard.press("Escape")
    expect_order(page, "Damson", "Apple", "Cherry", "Elder")


def test_a_drop_after_another_device_removed_a_favourite_explains_itself(page, alice, favourites):
    drag(page, "Damson", "Apple", -5)
    with page.expect_response("**/sidebar/**"):
        set_favourite(alice, favourites["Berry"].pk, False)
    drop(page)
    expect(page.locator("#toast")).to_have_text(
        "The order was not saved. One of these rooms is not a favourite any more. Try again."
    )
    expect_order(page, "Apple", "Cherry", "Damson")


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (None, "Check your connection."),
        ({"status": 403}, "Reload the page and try again."),
        ({"status": 429}, "Wait a moment and try again."),
    ],
)
def test_an_order_that_cannot_be_saved_is_taken_back(page, alice, answer, advice):
    page.route(ORDER, lambda route: route.fulfill(**answer) if answer else route.abort())
    drag(page, "Damson", "Apple", -5)
    page.mouse.up()
    expect(page.locator("#toast")).to_have_text(f"The order was not saved. {advice}")
    expect_order(page, *NAMES)
    assert faults(page) == []
    sidebar_link(page, "Apple").focus()
    page.keyboard.press(DOWN)
    expect_order(page, *NAMES)
    expect(sidebar_link(page, "Apple")).to_be_focused()
    page.unroute(ORDER)
    drag(page, "Damson", "Apple", -5)
    drop(page)
    expect_order(page, "Damson", "Apple", "Berry", "Cherry")


def test_unread_first_leaves_the_favourites_as_they_are(page, bob, favourites, general):
    page.get_by_role("button", name="Unread first").click()
    page.mouse.move(800, 300)
    post_message(bob, favourites["Cherry"], "one")
    expect(sidebar_link(page, "Cherry").locator(".badge")).to_be_visible()
    expect_order(page, *NAMES)
    drag(page, "Damson", "Apple", -5)
    drop(page)
    expect_order(page, "Damson", "Apple", "Berry", "Cherry")


def test_favourites_do_not_move_while_some_are_hidden(page, alice):
    for number in range(20):
        rooms.create(alice, f"Room {number:02}")
    page.reload()
    connected(page).get_by_role("searchbox", name="Filter rooms").fill("rry")
    check_nothing_moves(page, "Berry")
    page.get_by_role("searchbox", name="Filter rooms").fill("")
    sidebar_link(page, "Cherry").click()
    page.get_by_role("button", name="Favourites").click()
    expect(sidebar_link(page, "Berry")).to_be_hidden()
    check_nothing_moves(page, "Cherry")


def check_nothing_moves(page, other):
    sidebar_link(page, "Cherry").focus()
    page.keyboard.press(UP)
    page.mouse.move(*middle(page, "Cherry"))
    page.mouse.down()
    x, y = middle(page, other)
    page.mouse.move(x, y - 10, steps=5)
    expect(page.locator(".dragged")).to_have_count(0)
    page.mouse.up()
    expect_order(page, *NAMES)


def test_a_long_list_scrolls_while_a_favourite_is_dragged(alice, many, page):
    row(page, "Apple").scroll_into_view_if_needed()
    page.mouse.move(*middle(page, "Apple"))
    page.mouse.down()
    box = page.locator("#lists").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + box["height"] - 10, steps=5)
    expect(row(page, "Room 29")).to_have_class(re.compile("lands-after"))
    drop(page)
    expect(page.locator("#favourites .name").last).to_have_text("Apple")
    expect(row(page, "Apple")).to_be_in_viewport()
    assert order_of(alice)[-1] == "Apple"


def test_without_javascript_the_order_is_shown(url, alice, favourites, visit):
    set_order(alice, [favourites["Cherry"].pk])
    page = visit(alice, url, java_script_enabled=False)
    expect_order(page, "Cherry", "Apple", "Berry", "Damson")
