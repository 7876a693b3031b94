"""A room that was fetched before it is opened is as if it were fetched then."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import archiving, drafts, editing, memberships, rooms
from chat.services.favourites import set_favourite
from tests.browser.page_actions import (
    METERED,
    NOTICE,
    UNMETERED,
    bodies,
    composer,
    connected,
    message,
    sidebar_link,
)
from tests.browser.test_display_names import rename
from tests.browser.test_navigation import expect_room, go, mark
from tests.browser.test_navigation_failures import wait_until
from tests.chat.factories import post_message

BEHIND = 50  # as in screens.js
# Counts the rows that a screen reader would read.
LISTEN = """{
    window.loud = 0;
    const isLoud = () => document.getElementById("scroller").ariaLive !== "off";
    new MutationObserver((records) => {
        for (const { target, addedNodes } of records) {
            if (target.id !== "rows" || !isLoud()) continue;
            window.loud += [...addedNodes].filter((node) => node.matches?.(".message")).length;
        }
    }).observe(document.getElementById("main"), { subtree: true, childList: true });
    null;
}"""


@pytest.fixture
def page(url, general, garden, alice, bob, visit, fetched):
    """Of General. Garden, with one message, has been fetched."""
    post_message(bob, garden, "planted")
    memberships.mark_read(alice, garden.pk, 1)
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/", script=METERED))
    fetched.watch(page)
    sidebar_link(page, "Garden").hover()
    wait_until(page, lambda: fetched == [garden.pk])
    fetched.clear()
    return mark(page)


def test_a_click_needs_no_request(page, url, garden, fetched):
    go(page, "Garden")
    expect(page).to_have_url(f"{url}/rooms/{garden.pk}/")
    expect(message(page, "planted")).to_be_visible()
    expect(composer(page)).to_be_focused()
    assert fetched == []


def test_back_needs_no_request(page, general, fetched):
    go(page, "Garden")
    sidebar_link(page, "General").hover()
    wait_until(page, lambda: fetched == [general.pk])
    page.go_back()
    expect_room(page, "General")
    assert fetched == [general.pk]


def test_changes_since_then_are_shown(page, alice, bob, garden):
    first = Membership.objects.get(user=alice, room=garden).room.messages.get()
    editing.edit(bob, first.pk, "planted a tree")
    editing.react(bob, first.pk, "🌳", True)
    for text in ("one", "two"):
        post_message(bob, garden, text)
    gone = post_message(bob, garden, "three")
    editing.delete(bob, gone.pk)
    go(page, "Garden")
    expect(message(page, "two")).to_be_visible()
    assert bodies(page)[:3] == ["planted a tree", "one", "two"]
    expect(page.locator(".message.deleted")).to_contain_text("Message by Bob deleted")
    expect(page.locator(".reaction")).to_contain_text("🌳")


def test_messages_since_then_are_marked_as_new(page, alice, bob, garden):
    for text in ("one", "two"):
        post_message(bob, garden, text)
    go(page, "Garden")
    expect(message(page, "two")).to_be_visible()
    expect(page.locator(".unread-line + .message")).to_contain_text("one")
    expect(page.locator(".unread-line")).to_have_count(1)
    expect(sidebar_link(page, "Garden").locator(".badge")).to_have_count(0)
    cursor = Membership.objects.filter(user=alice, room=garden)
    wait_until(page, lambda: cursor.get().last_read_seq == 3)


def test_the_line_is_above_the_first_new_message(page, bob, garden, fetched):
    """Changes arrive in the order of their versions: the reaction makes "one" the last."""
    one = post_message(bob, garden, "one")
    post_message(bob, garden, "two")
    editing.react(bob, one.pk, "🌳", True)
    go(page, "Garden")
    expect(message(page, "two")).to_be_visible()
    expect(page.locator(".unread-line + .message")).to_contain_text("one")
    assert fetched == []


def test_a_new_message_that_was_deleted_is_not_new(page, bob, garden, fetched):
    news = post_message(bob, garden, "news")
    fetch_again(page, garden, fetched)
    later = post_message(bob, garden, "later")
    editing.delete(bob, news.pk)
    go(page, "Garden")
    expect(page.locator(".unread-line + .message")).to_contain_text("later")
    editing.delete(bob, later.pk)
    expect(page.locator(".unread-line")).to_have_count(0)


def fetch_again(page, room, fetched):
    """Drops the copy, as something else about the room has changed."""
    rooms.rename(room.memberships.get(is_owner=True).user, room.pk, room.name, "Topic")
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    sidebar_link(page, room.name).hover()
    wait_until(page, lambda: fetched == [room.pk])
    fetched.clear()


def test_what_was_read_here_is_not_new_although_the_server_does_not_know_it_yet(
    url, alice, bob, general, garden, visit, fetched
):
    reads, servers = [], []

    def hold_reads(socket):
        servers.append(server := socket.connect_to_server())
        socket.on_message(
            lambda data: reads.append(data) if '"type":"read"' in data else server.send(data)
        )

    post_message(bob, garden, "news")
    page = fetched.watch(visit(alice, f"{url}/static/chat/icon.svg", script=UNMETERED))
    page.route_web_socket("**/*", hold_reads)
    page.goto(f"{url}/rooms/{general.pk}/")
    mark(connected(page))
    sidebar_link(page, "Garden").press("Enter")
    expect(message(page, "news")).to_be_visible()
    wait_until(page, lambda: reads)
    fetched.clear()
    sidebar_link(page, "General").press("Enter")
    wait_until(page, lambda: garden.pk in fetched)
    sidebar_link(page, "Garden").press("Enter")
    expect(message(page, "news")).to_be_visible()
    expect(page.locator(".unread-line")).to_have_count(0)


def test_a_catch_up_is_not_read_aloud(page, bob, garden, fetched):
    for number in range(5):
        post_message(bob, garden, f"number {number}")
    page.evaluate(LISTEN)
    go(page, "Garden")
    expect(message(page, "number 4")).to_be_visible()
    assert page.evaluate("window.loud") == 0
    assert fetched == []


def test_after_too_many_changes_the_room_is_fetched_again(page, bob, garden, fetched):
    for number in range(BEHIND + 1):
        post_message(bob, garden, f"number {number}")
    expect(sidebar_link(page, "Garden").locator(".badge")).to_have_text(f"{BEHIND + 1} unread")
    sidebar_link(page, "Garden").press("Enter")
    expect(message(page, f"number {BEHIND}")).to_be_visible()
    assert fetched == [garden.pk]


def open_garden(page, name="Garden"):
    page.mouse.move(0, 0)
    go(page, name)


def test_a_new_name_and_topic_are_shown(page, bob, garden):
    rooms.rename(bob, garden.pk, "Orchard", "Apples and pears")
    expect(sidebar_link(page, "Orchard")).to_be_visible()
    open_garden(page, "Orchard")
    expect(page.locator(".room-head .topic")).to_have_text("Apples and pears")
    expect(composer(page)).to_have_attribute("placeholder", "Message #Orchard")


def test_a_favourite_of_another_device_is_shown(page, alice, garden):
    set_favourite(alice, garden.pk, True)
    expect(page.locator("#favourites")).to_contain_text("Garden")
    open_garden(page)
    star = page.get_by_role("button", name="Favourite", exact=True)
    expect(star).to_have_attribute("aria-pressed", "true")


def test_an_archived_room_cannot_be_written_in(page, bob, garden):
    archiving.archive(bob, garden.pk)
    expect(page.locator("#lists .archived summary")).to_be_visible()
    page.locator("#lists .archived summary").click()
    open_garden(page)
    expect(page.locator(".join-bar")).to_contain_text("This room is archived")


def test_a_draft_of_another_device_is_shown(page, alice, garden):
    drafts.save(alice, garden.pk, drafts.Draft("from the phone"))
    expect(sidebar_link(page, "Garden").locator(".draft")).to_have_count(1)
    open_garden(page)
    expect(composer(page)).to_have_value("from the phone")


def test_what_was_read_on_another_device_is_not_new(page, alice, bob, garden):
    post_message(bob, garden, "news")
    badge = sidebar_link(page, "Garden").locator(".badge")
    expect(badge).to_be_visible()
    memberships.mark_read(alice, garden.pk, 2)
    expect(badge).to_have_count(0)
    open_garden(page)
    expect(message(page, "news")).to_be_visible()
    expect(page.locator(".unread-line")).to_have_count(0)


def test_a_new_name_of_an_author_is_shown(page, alice, bob):
    rooms.direct(alice, [bob.pk])
    expect(sidebar_link(page, "Bob")).to_be_visible()
    rename(bob, "Robert")
    expect(sidebar_link(page, "Robert")).to_be_visible()
    open_garden(page)
    expect(message(page, "planted").locator(".author")).to_have_text("Robert")


def test_without_a_connection_nothing_is_kept(page, general, garden, fetched):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(NOTICE)).to_be_hidden()
    open_garden(page)
    assert fetched == [garden.pk]


def test_a_new_owner_has_the_actions_of_owners(page, bob, garden):
    memberships.leave(bob, garden.pk)
    wait_until(page, lambda: Membership.objects.filter(room=garden, is_owner=True).exists())
    page.wait_for_load_state("networkidle")
    open_garden(page)
    expect(page.locator("#scroller")).to_have_attribute("data-moderator", "")


def test_a_room_that_was_fetched_is_neither_read_nor_opened(page, url, alice, bob, garden):
    den = rooms.create(bob, "Den", private=True)
    memberships.invite(bob, den.pk, "alice")
    post_message(bob, den, "news")
    with page.expect_response(f"**/rooms/{den.pk}/"):
        sidebar_link(page, "Den").hover()
    membership = Membership.objects.filter(user=alice, room=den)
    assert membership.get().last_read_seq == 0
    assert membership.get().added_by == bob
    with page.expect_response(f"**/rooms/{den.pk}/opened/"):
        go(page, "Den")
    assert membership.get().added_by is None
    page.goto(url)
    expect(page.get_by_role("link", name="Back to #Den")).to_be_visible()
