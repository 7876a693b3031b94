"""A browser without space for the site: nothing is remembered, and everything works."""

import pytest
from playwright.sync_api import expect

from tests.browser.page_actions import FULL, composer, connected, message, send
from tests.browser.test_history import write
from tests.browser.test_navigation import expect_room, go, mark
from tests.browser.test_scroll_places import expect_place, scroll_up


@pytest.fixture
def page(url, general, garden, alice, bob, visit):
    write(bob, general, range(120))
    return mark(connected(visit(alice, f"{url}/rooms/{general.pk}/", script=FULL)))


def test_choices_hold_until_the_page_is_left(page):
    fold = page.get_by_role("button", name="Rooms", exact=True)
    for expanded in ("false", "true"):
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", expanded)
    order = page.get_by_role("button", name="Unread first")
    for pressed in ("true", "false"):
        order.click()
        expect(order).to_have_attribute("aria-pressed", pressed)
    page.get_by_role("button", name="Formatting").click()
    expect(page.get_by_role("toolbar", name="Formatting")).to_be_visible()
    page.reload()
    expect(page.get_by_role("toolbar", name="Formatting")).to_be_hidden()


def test_going_back_returns_to_the_place(page):
    place = scroll_up(page)
    go(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect_place(page, place)


def test_messages_are_sent(page):
    send(page, "still here")
    expect(message(page, "still here")).to_be_visible()
    composer(page).fill("a draft")
    go(page, "Garden")
    go(page, "General")
    expect(composer(page)).to_have_value("a draft")
