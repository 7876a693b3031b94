"""Rooms that may be opened next are fetched before."""

from playwright.sync_api import expect

from chat.services import memberships, rooms
from tests.browser.page_actions import (
    METERED,
    PHONE,
    UNMETERED,
    connected,
    sidebar_link,
)
from tests.browser.test_navigation import expect_room, go, mark
from tests.browser.test_navigation_failures import wait_until
from tests.chat.factories import post_message

LIKELY = 5  # as in warming.js
HIDDEN = """{
    let isHidden = true;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
    window.show = () => {
        isHidden = false;
        document.dispatchEvent(new Event("visibilitychange"));
    };
}"""


def test_the_room_that_is_left_is_fetched_again(url, general, garden, alice, visit, fetched):
    page = mark(connected(visit(alice, f"{url}/rooms/{general.pk}/", script=UNMETERED)))
    fetched.watch(page)
    for left, name in ((general, "Garden"), (garden, "General"), (general, "Garden")):
        fetched.clear()
        go(page, name)
        wait_until(page, lambda left=left: left.pk in fetched)


def test_unread_rooms_and_those_visited_last_are_fetched(
    url, alice, bob, general, orchard, visit, fetched
):
    for number in range(10):
        rooms.create(alice, f"Room {number}")
    page = connected(visit(alice, f"{url}/rooms/{orchard['Cherry'].pk}/", script=UNMETERED))
    fetched.watch(page)
    go(mark(page), "General")
    wait_until(page, lambda: orchard["Cherry"].pk in fetched)
    post_message(bob, orchard["Damson"], "news")
    page.wait_for_load_state("networkidle")
    fetched.clear()
    page.reload()
    wait_until(page, lambda: len(fetched) == LIKELY)
    assert fetched[:2] == [orchard["Damson"].pk, orchard["Cherry"].pk]
    page.wait_for_load_state("networkidle")
    assert len(fetched) == LIKELY


def test_the_room_that_is_left_is_fetched_although_many_are_unread(
    url, alice, bob, general, garden, visit, fetched
):
    for number in range(LIKELY + 1):
        room = rooms.create(bob, f"A room {number}")
        memberships.join(alice, room.pk)
        post_message(bob, room, "news")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/", script=UNMETERED))
    fetched.watch(page)
    sidebar_link(page, "Garden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")
    wait_until(page, lambda: general.pk in fetched)


def test_a_room_is_not_fetched_while_it_is_open(url, alice, bob, general, orchard, visit, fetched):
    held = []

    def hold_first(route):
        is_first = not held and "chat-screen" in route.request.headers
        held.append(route) if is_first else route.continue_()

    page = fetched.watch(visit(alice, f"{url}/static/chat/icon.svg", script=UNMETERED))
    page.route("**/rooms/*/", hold_first)
    page.goto(f"{url}/rooms/{general.pk}/")
    mark(connected(page))
    wait_until(page, lambda: held)
    name = next(name for name, room in orchard.items() if f"/{room.pk}/" not in held[0].request.url)
    sidebar_link(page, name).press("Enter")
    expect_room(page, name)
    held[0].continue_()
    wait_until(page, lambda: general.pk in fetched)
    page.wait_for_load_state("networkidle")
    assert fetched.count(orchard[name].pk) == 1


def test_a_tab_in_the_background_fetches_when_it_is_shown(
    url, alice, general, garden, visit, fetched
):
    page = visit(alice, f"{url}/static/chat/icon.svg", script=UNMETERED + ";" + HIDDEN)
    fetched.watch(page)
    page.goto(f"{url}/rooms/{general.pk}/")
    connected(page).wait_for_load_state("networkidle")
    assert fetched == []
    page.evaluate("show()")
    wait_until(page, lambda: garden.pk in fetched)


def test_few_requests_are_open_at_the_same_time(url, alice, general, favourites, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/", script=METERED))
    held = []
    page.route("**/rooms/*/", lambda route: held.append(route))
    for name in favourites:
        sidebar_link(page, name).dispatch_event("pointerdown", {"button": 0, "bubbles": True})
    wait_until(page, lambda: len(held) == 2)
    sidebar_link(page, "General").hover()
    page.wait_for_load_state()
    assert len(held) == 2


def test_a_finger_fetches_when_it_touches(url, alice, general, garden, visit, fetched):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/", script=METERED, **PHONE))
    fetched.watch(page)
    page.locator("#open-drawer").tap()
    sidebar_link(page, "Garden").dispatch_event("pointerdown", {"button": 0, "bubbles": True})
    wait_until(page, lambda: fetched == [garden.pk])
