"""A room that is opened by a click arrives late, or cannot be shown."""

import re

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import rooms
from tests.browser.page_actions import (
    BACK_MS,
    METERED,
    NOTICE,
    composer,
    connected,
    message,
    sidebar_link,
    wait_until,
)
from tests.browser.test_navigation import expect_room, go, mark
from tests.chat.factories import post_message
from tests.site import session_of


@pytest.fixture
def page(url, general, garden, alice, visit):
    """No room is fetched before the click."""
    return mark(connected(visit(alice, f"{url}/rooms/{general.pk}/", script=METERED)))


def test_the_last_of_two_clicks_wins(page, garden, general):
    held = []
    page.route(f"**/rooms/{garden.pk}/", lambda route: held.append(route))
    sidebar_link(page, "Garden").click()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    go(page, "General")
    held[0].continue_()
    post = page.evaluate("fetch(document.body.dataset.homeUrl).then((answer) => answer.status)")
    assert post == 200  # a request after the late one
    expect_room(page, "General")


def test_back_and_forward_before_the_page_arrives(page, url, general, garden):
    go(page, "Garden")
    held = []
    page.route(f"**/rooms/{general.pk}/", lambda route: held.append(route))
    page.evaluate("history.back()")
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    page.evaluate("history.forward()")
    page.wait_for_url(f"{url}/rooms/{garden.pk}/")
    held[0].continue_()
    expect(page.locator("#main")).not_to_have_attribute("aria-busy", "true")
    expect_room(page, "Garden")


def test_what_was_requested_in_the_room_that_was_left_does_not_change_the_next(
    page, alice, bob, general, garden
):
    """The lists at the side, earlier messages and a profile."""
    for number in range(60):
        post_message(bob, general, f"number {number}")
    post_message(alice, general, "mine")
    page.reload()
    mark(connected(page))
    held = []
    for pattern in ("sidebar/", "profile/", "before="):
        page.route(re.compile(pattern), lambda route: held.append(route))
    rooms.direct(bob, [alice.pk])
    page.locator("#rows .author").last.click()
    page.locator("#scroller").evaluate(
        "(scroller) => (scroller.scrollTop = -scroller.scrollHeight)"
    )
    wait_until(page, lambda: len(held) == 3)  # the lists, the profile and the messages
    go(page, "Garden")
    for route in held:
        route.continue_()
    expect(page.locator("#lists .direct a")).to_be_visible()
    expect(page.locator("#side [aria-current]")).to_have_attribute("data-room", str(garden.pk))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_room(page, "Garden")
    post_message(bob, general, "later")
    expect(sidebar_link(page, "General").locator(".badge")).to_be_visible()


def test_without_a_connection_the_page_stays(page):
    composer(page).fill("half")
    page.context.set_offline(True)
    sidebar_link(page, "Garden").click()
    expect(page.locator("#toast")).to_contain_text("could not be loaded")
    expect_room(page, "General")
    expect(composer(page)).to_have_value("half")
    page.context.set_offline(False)
    go(page, "Garden")


def test_a_session_that_has_ended_leads_to_the_sign_in_page(page):
    page.context.clear_cookies()
    sidebar_link(page, "Garden").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_another_user_who_signed_in_gets_a_page_of_their_own(page, bob, url):
    page.context.add_cookies([{"name": "sessionid", "value": session_of(bob), "url": url}])
    sidebar_link(page, "Garden").click()
    expect(page.locator(".me .who")).to_contain_text("Bob")
    assert page.evaluate("window.mark") is None


def test_a_room_that_is_gone_shows_the_error_page(page, garden):
    link = sidebar_link(page, "Garden").get_attribute("href")
    lists = page.locator("#lists")
    lists.evaluate(
        "(element, href) => element.insertAdjacentHTML('beforeend', `<a href=${href}>Stale</a>`)",
        link.replace(str(garden.pk), "999999"),
    )
    lists.get_by_role("link", name="Stale").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")


def test_what_was_read_after_an_interruption_stays_read(page, bob, general):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    for text in ("one", "two", "three"):
        post_message(bob, general, text)
    page.context.set_offline(False)
    expect(message(page, "three")).to_be_visible(timeout=BACK_MS)
    go(page, "Garden")
    post_message(bob, general, "four")
    expect(sidebar_link(page, "General").locator(".badge")).to_have_text("1 unread")


def test_a_report_that_was_lost_in_the_room_that_was_left_is_repeated(page, alice, bob, general):
    """Everything that the page sends is lost until it connects again."""
    page.evaluate("{ window.send = WebSocket.prototype.send; WebSocket.prototype.send = () => {} }")
    last = post_message(bob, general, "seen")
    expect(message(page, "seen")).to_be_visible()
    go(page, "Garden")
    cursor = Membership.objects.filter(user=alice, room=general)
    assert cursor.get().last_read_seq < last.seq
    page.evaluate("{ WebSocket.prototype.send = window.send; dispatchEvent(new Event('offline')) }")
    wait_until(page, lambda: cursor.get().last_read_seq == last.seq)
    expect(sidebar_link(page, "General").locator(".badge")).to_have_count(0)
