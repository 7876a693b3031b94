"""A click on a room replaces the part next to the sidebar. The page and its socket stay."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import drafts, room_list, rooms
from tests.browser.page_actions import (
    PHONE,
    composer,
    connected,
    message,
    send,
    sidebar_link,
    wait_until,
)
from tests.browser.test_accessibility import faults
from tests.chat.factories import post_message

SWITCHES = 10  # enough to see that nothing is left behind by each


@pytest.fixture
def general_url(url, general):
    return f"{url}/rooms/{general.pk}/"


@pytest.fixture
def page(general_url, garden, alice, visit):
    return mark(connected(visit(alice, general_url)))


def mark(page):
    """A page load removes the mark."""
    page.evaluate("window.mark = 1")
    return page


def expect_room(page, name, title=None):
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page).to_have_title(title or f"{name} · Chatsite")
    assert page.evaluate("window.mark") == 1, "the page was loaded"


def go(page, name):
    sidebar_link(page, name).click()
    expect_room(page, name)


def listed_counts(page):
    links = page.locator("#lists [data-room]").all()
    return {
        int(link.get_attribute("data-room")): int(link.get_attribute("data-unread"))
        for link in links
    }


def test_a_click_opens_a_room_on_the_same_page(page, url, bob, general, garden):
    go(page, "Garden")
    expect(page).to_have_url(f"{url}/rooms/{garden.pk}/")
    expect(composer(page)).to_be_focused()
    expect(page.locator("#side [aria-current]")).to_have_attribute("data-room", str(garden.pk))
    send(page, "planted")
    expect(message(page, "planted")).to_be_visible()
    post_message(bob, garden, "watered")
    expect(message(page, "watered")).to_be_visible()
    post_message(bob, general, "elsewhere")
    expect(sidebar_link(page, "General").locator(".badge")).to_have_text("1 unread")
    expect(message(page, "elsewhere")).to_have_count(0)
    assert faults(page) == []


def test_the_socket_stays(page):
    sockets = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.reload()
    mark(connected(page))
    for name in ("Garden", "General", "Garden"):
        go(page, name)
    assert len(sockets) == 1


def test_back_and_forward(page, url, garden):
    go(page, "Garden")
    page.locator("a.brand").click()
    expect_room(page, "Home", "Chatsite")
    page.go_back()
    expect_room(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    page.go_forward()
    expect_room(page, "Garden")
    expect(page).to_have_url(f"{url}/rooms/{garden.pk}/")
    expect(page.locator("#side [aria-current]")).to_have_attribute("data-room", str(garden.pk))


def test_back_to_a_page_that_is_not_part_of_the_chat(general_url, url, alice, garden, visit):
    page = connected(visit(alice, f"{url}/accounts/profile/"))
    mark(page)
    go(page, "General")
    expect(page.locator(".me .who")).not_to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    expect(page.locator(".me .who")).to_have_attribute("aria-current", "page")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("General")


def test_a_draft_stays(page, alice, general):
    composer(page).press_sequentially("half a thought")
    go(page, "Garden")
    expect(composer(page)).to_have_value("")
    expect(sidebar_link(page, "General").locator(".draft")).to_have_count(1)
    saved = Membership.objects.filter(user=alice, room=general).values_list("draft", flat=True)
    go(page, "General")
    expect(composer(page)).to_have_value("half a thought")
    expect(sidebar_link(page, "General").locator(".draft")).to_have_count(0)
    assert list(saved) == ["half a thought"]


def test_messages_that_arrive_elsewhere_are_unread_and_those_shown_are_read(
    page, alice, bob, general, garden
):
    go(page, "Garden")
    post_message(bob, general, "@alice one")
    expect_room(page, "Garden", "(1) Garden · Chatsite")
    go(page, "General")
    expect(message(page, "@Alice")).to_be_in_viewport()
    expect(sidebar_link(page, "General").locator(".badge")).to_have_count(0)
    post_message(bob, general, "two")
    expect(message(page, "two")).to_be_visible()
    go(page, "Garden")
    post_message(bob, garden, "three")
    expect(message(page, "three")).to_be_visible()
    assert listed_counts(page) == {general.pk: 0, garden.pk: 0}
    unread = {room.id: room.unread for room in room_list.summaries(alice)}
    assert unread == {general.pk: 0, garden.pk: 0}


def test_what_was_not_seen_in_the_room_that_is_left_stays_unread(page, alice, bob, general):
    page.evaluate("document.hasFocus = () => false")
    post_message(bob, general, "one")
    post_message(bob, general, "@alice two")
    expect(message(page, "@Alice")).to_be_visible()
    sidebar_link(page, "Garden").click()
    expect_room(page, "Garden", "(2) Garden · Chatsite")
    badge = sidebar_link(page, "General").locator(".badge")
    expect(badge).to_have_text("2 unread, mentioning you")


def test_a_link_to_a_message_shows_it(page, url, alice, bob, garden):
    for number in range(60):
        post_message(bob, garden, f"number {number}")
    post_message(bob, garden, "@alice found it")
    page.locator("a.brand").click()
    expect_room(page, "Home", "(61) Chatsite")
    page.get_by_role("main").get_by_role("link", name="found it").click()
    expect(page.locator(".message.target")).to_contain_text("found it")
    expect(page.locator(".message.target")).to_be_in_viewport()
    expect(page.locator(".message.target")).to_be_focused()
    assert page.evaluate("window.mark") == 1


def test_the_quick_switcher_opens_a_room_on_the_same_page(page):
    page.keyboard.press("Control+k")
    page.keyboard.type("garden")
    page.keyboard.press("Enter")
    expect_room(page, "Garden")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(composer(page)).to_be_focused()


def test_the_sidebar_keeps_its_place_and_shows_the_current_room(general_url, alice, garden, visit):
    for number in range(60):
        rooms.create(alice, f"Room {number:02}")
    page = mark(connected(visit(alice, general_url)))
    lists = page.locator("#lists")
    lists.evaluate("(element) => (element.scrollTop = 700)")
    before = lists.evaluate("(element) => element.scrollTop")
    go(page, "Room 30")
    assert lists.evaluate("(element) => element.scrollTop") == before
    page.reload()
    expect(sidebar_link(page, "Room 30")).to_be_in_viewport()


def test_a_draft_of_another_device_is_marked(page, alice, garden):
    drafts.save(alice, garden.pk, drafts.Draft("from the phone"))
    expect(sidebar_link(page, "Garden").locator(".draft")).to_have_count(1)
    drafts.save(alice, garden.pk, drafts.Draft(""))
    expect(sidebar_link(page, "Garden").locator(".draft")).to_have_count(0)


def test_a_click_with_a_key_opens_another_tab(page):
    with page.context.expect_page() as tab:
        sidebar_link(page, "Garden").click(modifiers=["Control"])
    expect(tab.value.get_by_role("heading", level=1)).to_have_text("Garden")
    expect_room(page, "General")


def test_nothing_is_left_behind(page):
    """The nodes, listeners and documents of a room that was left can be collected."""
    client = page.context.new_cdp_session(page)

    def metrics():
        client.send("HeapProfiler.collectGarbage")
        counters = client.send("Memory.getDOMCounters")
        return counters["nodes"], counters["jsEventListeners"]

    def switch(times):
        for _ in range(times):
            go(page, "Garden")
            go(page, "General")

    def is_back_to(nodes, listeners):
        """Timers of the last rooms keep them for a second."""
        more_nodes, more_listeners = metrics()
        return more_listeners - listeners < SWITCHES and more_nodes - nodes < SWITCHES * 10

    switch(2)
    before = metrics()
    switch(SWITCHES)
    wait_until(page, lambda: is_back_to(*before))


def test_on_a_phone_the_list_closes_and_the_keyboard_stays_closed(
    general_url, alice, garden, visit
):
    page = mark(connected(visit(alice, general_url, **PHONE)))
    page.locator("#open-drawer").tap()
    sidebar_link(page, "Garden").tap()
    expect_room(page, "Garden")
    expect(page.locator("#side")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.locator("#open-drawer").tap()
    expect(page.locator("#side")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#open-drawer")).to_be_focused()
