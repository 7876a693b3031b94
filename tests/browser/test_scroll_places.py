"""Back, forward and a reload return to the place in a page to which the user had scrolled."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import editing, rooms
from tests.browser.page_actions import (
    PHONE,
    composer,
    connected,
    message,
    send,
    sidebar_link,
    wait_until,
)
from tests.browser.test_history import scroll_to, write
from tests.browser.test_navigation import expect_room, go, mark

# Returns the text of the first message that begins in the view, and its distance from there.
TOP = """() => {
    const view = document.getElementById("scroller").getBoundingClientRect();
    for (const row of document.querySelectorAll("#rows > .message:not(.folded)")) {
        const { top } = row.getBoundingClientRect();
        if (top >= view.top) return [row.querySelector(".body").textContent.trim(), top - view.top];
    }
}"""


@pytest.fixture
def room_url(url, general):
    return f"{url}/rooms/{general.pk}/"


@pytest.fixture
def page(room_url, general, garden, alice, bob, visit):
    write(bob, general, range(120))
    return mark(connected(visit(alice, room_url)))


def scroll_up(page, text="note 80"):
    scroll_to(page, text)
    page.locator("#scroller").evaluate("(scroller) => scroller.scrollBy(0, -7)")
    return page.evaluate(TOP)


def expect_place(page, place):
    text, distance = place
    wait_until(page, lambda: page.evaluate(TOP)[0] == text)
    assert page.evaluate(TOP)[1] == pytest.approx(distance, abs=1)


def read_seq(user, room):
    return Membership.objects.get(user=user, room=room).last_read_seq


def test_back_and_forward_return_to_the_place(page):
    place = scroll_up(page)
    go(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect_place(page, place)
    expect(composer(page)).to_be_focused()
    later = scroll_up(page, "note 90")
    page.go_forward()
    expect_room(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect_place(page, later)


def test_each_entry_has_a_place_of_its_own(page):
    first = scroll_up(page, "note 80")
    go(page, "Garden")
    go(page, "General")
    expect(message(page, "note 119")).to_be_in_viewport()
    second = scroll_up(page, "note 90")
    page.go_back()
    expect_room(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect_place(page, first)
    page.go_forward()
    expect_room(page, "Garden")
    page.go_forward()
    expect_room(page, "General")
    expect_place(page, second)


def test_an_entry_at_the_end_stays_at_the_end(page, bob, general):
    go(page, "Garden")
    write(bob, general, range(120, 150))
    page.go_back()
    expect_room(page, "General")
    expect(message(page, "note 149")).to_be_in_viewport()
    expect(page.locator("#pill")).to_be_hidden()


def test_messages_that_came_in_between_stay_unread(page, alice, bob, general):
    place = scroll_up(page, "note 95")  # also on a page that has the later messages
    go(page, "Garden")
    write(bob, general, range(120, 130))
    expect(sidebar_link(page, "General").locator(".badge")).to_have_text("10 unread")
    page.go_back()
    expect_room(page, "General", "(10) General · Chatsite")
    expect_place(page, place)
    expect(page.locator("#pill")).to_have_text("10 new messages")
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 120")
    assert read_seq(alice, general) == 120
    page.locator("#pill").click()
    expect(message(page, "note 129")).to_be_in_viewport()
    wait_until(page, lambda: read_seq(alice, general) == 130)


def test_a_place_further_up_than_the_latest_messages_is_requested(page, alice, bob, general):
    scroll_to(page, "note 70")
    expect(message(page, "note 30")).to_be_attached()
    place = scroll_up(page, "note 40")
    go(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect_place(page, place)
    expect(page.locator(".message.target")).to_have_count(0)
    expect(composer(page)).to_be_focused()
    expect(page.locator("#pill")).to_have_text("Jump to latest")
    write(bob, general, range(120, 122))
    expect(page).to_have_title("(2) General · Chatsite")
    assert read_seq(alice, general) == 120
    send(page, "from far up")
    expect(message(page, "from far up")).to_be_in_viewport()


def test_without_the_page_around_it_the_nearest_message_is_shown(page):
    scroll_to(page, "note 70")
    expect(message(page, "note 30")).to_be_attached()
    scroll_up(page, "note 40")
    go(page, "Garden")
    page.route("**/*after=*", lambda route: route.abort())
    page.route("**/*before=*", lambda route: route.abort())
    page.go_back()
    expect_room(page, "General")
    expect(message(page, "note 70")).to_be_in_viewport()


def test_a_deleted_message_keeps_the_place(page, bob, general):
    text, _ = scroll_up(page, "note 80")
    number = int(text.removeprefix("note "))
    go(page, "Garden")
    for seq in (number + 1, number + 2):  # seq counts from 1: this message and the next, in a fold
        editing.delete(bob, general.messages.get(seq=seq).pk)
    page.go_back()
    expect_room(page, "General")
    wait_until(page, lambda: page.evaluate(TOP)[0] == f"note {number + 2}")


def test_a_reload_returns_to_the_place_and_reads_nothing(page, alice, bob, general):
    place = scroll_up(page, "note 90")
    page.evaluate("document.hasFocus = () => false")
    write(bob, general, range(120, 125))
    expect(page.locator("#pill")).to_have_text("5 new messages")
    page.reload()
    expect_place(page, place)
    expect(page.locator("#pill")).to_have_text("5 new messages")
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 120")
    assert read_seq(alice, general) == 120
    page.locator("#pill").click()
    wait_until(page, lambda: read_seq(alice, general) == 125)
    page.reload()
    expect(message(page, "note 124")).to_be_in_viewport()


def test_a_reload_far_up_returns_to_the_place(page):
    scroll_to(page, "note 70")
    expect(message(page, "note 30")).to_be_attached()
    place = scroll_up(page, "note 40")
    composer(page).fill("half")
    page.reload()
    expect_place(page, place)
    expect(composer(page)).to_have_value("half")
    expect(message(page, "note 119")).to_have_count(0)


def test_a_link_to_a_message_is_left_for_the_place(room_url, page):
    page.goto(f"{room_url}?at=31")
    expect(message(page, "note 30")).to_be_in_viewport()
    place = scroll_up(connected(page), "note 45")
    page.reload()
    expect_place(connected(page), place)
    expect(message(page, "note 60")).to_be_attached()
    mark(page)
    page.locator("#pill").click()
    expect(page).to_have_url(room_url)
    expect(message(page, "note 119")).to_be_in_viewport()
    page.go_back()
    expect(page).to_have_url(f"{room_url}?at=31")
    expect(message(page, "note 50")).to_be_in_viewport()


def test_a_link_to_a_message_that_was_followed_to_the_end_stays_there(room_url, page):
    page.goto(f"{room_url}?at=101")
    expect(message(page, "note 100")).to_be_in_viewport()
    mark(connected(page))
    scroll_to(page, "note 119")
    go(page, "Garden")
    page.go_back()
    expect_room(page, "General")
    expect(message(page, "note 119")).to_be_in_viewport()
    page.reload()
    expect(message(page, "note 119")).to_be_in_viewport()


def test_back_from_a_page_that_was_loaded(url, page):
    place = scroll_up(page)
    page.get_by_role("link", name="People and settings").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("General")
    page.go_back()
    expect_place(page, place)


def test_the_home_page_returns_to_its_place(url, alice, bob, garden, visit):
    for number in range(30):
        rooms.create(bob, f"Open {number:02}")
    page = connected(visit(alice, url, **PHONE))
    mark(page)
    page.locator(".rest summary").click()
    sheet = page.locator(".sheet-scroll")
    sheet.evaluate("(sheet) => (sheet.scrollTop = 250)")
    page.get_by_role("main").get_by_role("link", name="Garden").first.dispatch_event("click")
    expect_room(page, "Garden")
    page.go_back()
    expect_room(page, "Home", "Chatsite")
    assert sheet.evaluate("(sheet) => sheet.scrollTop") == 250
    page.reload()
    wait_until(page, lambda: sheet.evaluate("(sheet) => sheet.scrollTop") == 250)
