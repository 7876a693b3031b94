"""Favourites are ordered by touch, after a long press."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.page_actions import PHONE
from tests.browser.test_favourite_order import NAMES, ORDER, middle, order_of, row


@pytest.fixture
def phone(open_page):
    page = open_page(**PHONE)
    page.locator("#open-drawer").tap()
    expect(page.locator("#side")).to_be_in_viewport(ratio=1)
    return page


@pytest.fixture
def touch(phone):
    """`touch(kind, x, y)` moves a finger."""
    session = phone.context.new_cdp_session(phone)

    def touch(kind, *point):
        points = [dict(zip("xy", point, strict=True))] if point else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def test_a_favourite_is_dragged_by_touch_after_a_long_press(alice, many, phone, touch):
    row(phone, "Apple").scroll_into_view_if_needed()
    before = phone.locator("#lists").evaluate("lists => lists.scrollTop")
    x, y = middle(phone, "Damson")
    touch("touchStart", x, y)
    expect(row(phone, "Damson")).to_have_class(re.compile("dragged"))
    _, target = middle(phone, "Berry")
    for step in (y - 20, y - 40, target - 5):
        touch("touchMove", x, step)
    expect(row(phone, "Berry")).to_have_class(re.compile("lands-before"))
    with phone.expect_response(ORDER):
        touch("touchEnd")
    expect(phone.locator("#favourites .name").nth(1)).to_have_text("Damson")
    expect(phone.locator("#side")).to_be_in_viewport()
    assert phone.locator("#lists").evaluate("lists => lists.scrollTop") == before
    assert order_of(alice)[:4] == ["Apple", "Damson", "Berry", "Cherry"]


def test_a_finger_that_moves_at_once_scrolls_the_lists(alice, many, phone, touch):
    x, y = middle(phone, "Room 05")
    touch("touchStart", x, y)
    for step in range(1, 9):
        touch("touchMove", x, y - 40 * step)
    phone.wait_for_function("document.getElementById('lists').scrollTop > 100")
    touch("touchEnd")
    expect(phone.locator(".dragged")).to_have_count(0)
    assert order_of(alice)[:4] == list(NAMES)


def test_a_long_press_only_lifts_a_favourite(phone, touch, alice):
    touch("touchStart", *middle(phone, "Berry"))
    expect(row(phone, "Berry")).to_have_class(re.compile("dragged"))
    touch("touchEnd")
    expect(row(phone, "Berry")).not_to_have_class(re.compile("dragged"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("General")
    assert order_of(alice) == list(NAMES)


def test_a_tap_still_opens_the_room(phone):
    row(phone, "Berry").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Berry")
