"""What a browser fetches for a page, and what it waits for."""

import pytest
from playwright.sync_api import expect

from chat.services import rooms
from tests.browser.page_actions import connected, message
from tests.chat.factories import post_message

REQUESTS_MAX = 12
SHIFTS = """() => new Promise((resolve) =>
    new PerformanceObserver((list) => resolve(list.getEntries().map(({ value }) => value)))
        .observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => resolve([]), 300))"""
LOCAL_TIME = """(time) =>
    new Date(time).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" })"""
PAINTED = """() => new Promise((resolve, fail) => {
    new PerformanceObserver(resolve).observe({ type: "paint", buffered: true });
    setTimeout(() => fail("Nothing was painted."), 5000);
})"""


def wait_for_paint(page):
    page.evaluate(PAINTED)


@pytest.fixture
def room(general, garden, alice, bob):
    for number in range(30):
        post_message(bob if number % 3 else alice, general, f"Message {number}")
    post_message(bob, garden, "News")
    return general


def test_a_cold_page_needs_few_requests(url, room, alice, visit):
    page, fetched = visit(alice, f"{url}/healthz"), []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("websocket", lambda socket: fetched.append(socket.url))
    page.goto(f"{url}/rooms/{room.pk}/")
    connected(page)
    page.wait_for_load_state("networkidle")
    assert len(fetched) <= REQUESTS_MAX, fetched


def test_the_first_paint_does_not_wait_for_the_scripts(url, room, alice, visit):
    page = visit(alice, f"{url}/healthz", timezone_id="Asia/Tokyo", locale="en-US")
    held = []
    for script in ("**/main*.js", "**/htmx*.js"):
        page.route(script, lambda route: held.append(route))
    page.goto(f"{url}/rooms/{room.pk}/", wait_until="commit")
    row = message(page, "Message 29")
    expect(row).to_be_in_viewport()
    local = page.evaluate(LOCAL_TIME, row.get_attribute("data-time"))
    expect(row.locator("time")).to_have_text(local)
    expect(page.get_by_role("button", name="Jump to a room")).to_be_visible()
    wait_for_paint(page)
    assert len(held) == 2
    for route in held:
        route.continue_()
    connected(page)


def test_nothing_moves_when_the_scripts_arrive(url, room, alice, visit):
    """Although the user has many rooms, folds a section, has unread rooms first and shows the
    formats."""
    for number in range(20):
        rooms.create(alice, f"Room {number}")
    page = connected(visit(alice, f"{url}/rooms/{room.pk}/", timezone_id="America/New_York"))
    page.get_by_role("button", name="Direct messages").click()
    page.get_by_role("button", name="Unread first").click()
    page.get_by_role("button", name="Formatting").click()
    held = []
    page.route("**/main*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    expect(message(page, "Message 29")).to_be_visible()
    wait_for_paint(page)
    held[0].continue_()
    connected(page)
    assert sum(page.evaluate(SHIFTS)) == 0
