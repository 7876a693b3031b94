"""The star in a room's head makes the room a favourite. The page stays."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import favourites as service
from tests.browser.page_actions import connected, sidebar_link, wait_until
from tests.browser.test_accessibility import faults
from tests.browser.test_navigation import expect_room, go, mark
from tests.site import Site

FAVOURITE = "**/favourite/"
ONE_CHANGE = {"MEMBERS_PER_MINUTE": "1"}
TRIES = 200


@pytest.fixture
def general_url(url, general):
    return f"{url}/rooms/{general.pk}/"


@pytest.fixture
def page(general_url, garden, alice, visit):
    return mark(connected(visit(alice, general_url)))


def star(page):
    return page.get_by_role("button", name="Favourite", exact=True)


def expect_star(page, is_pressed, title):
    expect(star(page)).to_have_attribute("aria-pressed", "true" if is_pressed else "false")
    expect(star(page)).to_have_attribute("title", title)


def expect_on(page):
    expect_star(page, True, "Remove from favourites")


def expect_off(page):
    expect_star(page, False, "Add to favourites")


def is_favourite(user, room):
    return Membership.objects.get(user=user, room=room).is_favourite


@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_star_needs_no_load_and_keeps_the_focus(page, alice, general, key):
    for expected in (True, False, True):
        with page.expect_response(FAVOURITE) as response:
            star(page).press(key)
        assert response.value.status == 204
        (expect_on if expected else expect_off)(page)
        expect(page.locator("#favourites .name")).to_have_text(["General"] if expected else [])
        expect(star(page)).to_be_focused()
        assert is_favourite(alice, general) == expected
    expect(page.locator("#favourites [aria-current]")).to_have_attribute(
        "data-room", str(general.pk)
    )
    expect_room(page, "General")
    assert faults(page) == []


def test_two_tabs_agree(page, general_url):
    other = page.context.new_page()
    other.goto(general_url)
    connected(other)
    star(page).click()
    expect_on(other)
    expect(other.locator("#favourites")).to_contain_text("General")
    star(other).click()
    expect_off(page)
    expect(page.locator("#favourites")).to_have_count(0)


def test_two_quick_clicks_end_where_they_began(page, alice, general):
    held = []
    page.route(FAVOURITE, lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(FAVOURITE):
        star(page).click()
    star(page).click()
    wait_until(page, lambda: held)
    with page.expect_request(FAVOURITE) as second:
        held[0].continue_()
    assert second.value.response().status == 204
    expect_off(page)
    expect(page.locator("#favourites")).to_have_count(0)
    expect(sidebar_link(page, "General")).to_be_visible()
    assert not is_favourite(alice, general)


def test_the_star_of_another_room_follows(page, alice, garden):
    star(page).click()
    go(page, "Garden")
    expect_off(page)
    service.set_favourite(alice, garden.pk, True)
    expect_on(page)
    go(page, "General")
    expect_on(page)


def test_without_a_connection_the_star_goes_back(page, alice, general):
    page.context.set_offline(True)
    star(page).click()
    expect(page.locator("#toast")).to_have_text(
        "The favourites were not changed. Check your connection."
    )
    expect_off(page)
    expect(star(page)).to_be_focused()
    assert not is_favourite(alice, general)
    page.context.set_offline(False)
    star(page).click()
    expect(page.locator("#favourites")).to_contain_text("General")


def test_a_change_while_the_device_was_offline_is_shown(page, alice, general):
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    service.set_favourite(alice, general.pk, True)
    page.context.set_offline(False)
    expect_on(page)


def test_the_star_that_is_refused_as_too_fast_goes_back(transactional_db, alice, general, visit):
    with Site(**ONE_CHANGE) as site:
        page = connected(visit(alice, f"{site.url}/rooms/{general.pk}/"))
        for _ in range(TRIES):
            with page.expect_response(FAVOURITE) as response:
                star(page).click()
            if response.value.status == 429:
                break
        expect(page.locator("#toast")).to_have_text(
            "The favourites were not changed. Wait a moment and try again."
        )
        saved = is_favourite(alice, general)
        expect(star(page)).to_have_attribute("aria-pressed", "true" if saved else "false")


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_star_that_cannot_be_saved_says_what_to_do(page, alice, general, status):
    page.route(FAVOURITE, lambda route: route.fulfill(status=status))
    star(page).click()
    expect(page.locator("#toast")).to_have_text(
        "The favourites were not changed. Reload the page and try again."
    )
    expect_off(page)
    assert not is_favourite(alice, general)


def test_the_star_works_without_javascript(general_url, alice, visit):
    page = visit(alice, general_url, java_script_enabled=False)
    star(page).click()
    expect(page).to_have_url(general_url)
    expect(page.locator("#favourites")).to_contain_text("General")
    expect_on(page)
