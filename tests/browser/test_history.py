import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing, memberships, post_batch, posting, posts
from tests.browser.page_actions import BACK_MS, NOTICE, bodies, composer, connected, message, send


@pytest.fixture
def long_ago(general, bob):
    """120 messages of bob, all of them more than two days old."""
    start = timezone.now() - timedelta(days=3)
    for number in range(120):
        post = posts.Post(bob, general.pk, uuid.uuid4(), f"note {number}")
        post_batch.write([post], now=start + timedelta(minutes=number * 10))


@pytest.fixture
def room_url(url, general, long_ago):
    return f"{url}/rooms/{general.pk}/"


def scroll_to(page, text):
    page.get_by_text(text, exact=True).scroll_into_view_if_needed()


def write(author, room, numbers):
    post_batch.write([posts.Post(author, room.pk, uuid.uuid4(), f"note {n}") for n in numbers])


def expect_in_view(page, text):
    expect(page.get_by_text(text, exact=True)).to_be_in_viewport()


def test_a_room_opens_at_its_latest_message(room_url, alice, visit):
    page = visit(alice, room_url)
    expect_in_view(page, "note 119")
    expect(page.locator("#rows .message")).to_have_count(50)


def test_scrolling_up_loads_older_messages_to_the_beginning(room_url, alice, visit):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 70")
    expect(message(page, "note 20")).to_be_attached()
    scroll_to(page, "note 20")
    expect(message(page, "note 0")).to_be_attached()
    scroll_to(page, "note 0")
    expect(page.get_by_text("This is the beginning of the room")).to_be_visible()
    assert bodies(page) == [f"note {number}" for number in range(120)]


def test_visible_messages_stay_in_place_while_older_ones_load(room_url, alice, visit):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 70")
    before = message(page, "note 75").bounding_box()["y"]
    expect(message(page, "note 20")).to_be_attached()
    assert message(page, "note 75").bounding_box()["y"] == pytest.approx(before, abs=2)


def test_each_day_has_one_heading_after_older_messages_load(room_url, alice, visit):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 70")
    expect(message(page, "note 20")).to_be_attached()
    days = page.locator(".day").all_inner_texts()
    assert len(days) == len(set(days))


def test_new_messages_do_not_move_a_page_that_is_scrolled_up(room_url, general, alice, bob, visit):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 80")
    place = message(page, "note 90").bounding_box()["y"]
    posting.post(bob, general.pk, uuid.uuid4(), "fresh")
    pill = page.locator("#pill")
    expect(pill).to_have_text("1 new message")
    expect(page).to_have_title("(1) General · Chatsite")
    assert message(page, "note 90").bounding_box()["y"] == pytest.approx(place, abs=2)
    pill.click()
    expect_in_view(page, "fresh")
    expect(pill).to_be_hidden()
    expect(page).to_have_title("General · Chatsite")
    expect(page.locator(".unread-line + .message .body")).to_have_text("fresh")


def test_the_first_unread_message_is_marked(room_url, general, alice, bob, visit):
    connected(visit(alice, room_url)).context.close()
    for text in ("since then", "and then"):
        posting.post(bob, general.pk, uuid.uuid4(), text)
    page = visit(alice, room_url)
    expect(page.locator(".unread-line + .message .body")).to_have_text("since then")
    page.reload()
    expect(page.locator(".unread-line")).to_have_count(0)


@pytest.fixture
def many_unread(general, alice, long_ago):
    """alice has read the messages up to note 39."""
    memberships.mark_read(alice, general.pk, 40)


def test_a_link_leads_to_the_first_of_many_unread_messages(room_url, many_unread, alice, visit):
    page = visit(alice, room_url)
    expect(page.locator(".unread-line")).to_have_count(0)
    page.get_by_role("link", name="First new message").click()
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 40")
    expect_in_view(page, "note 40")


def test_the_first_of_many_unread_messages_is_marked_when_it_loads(
    room_url, many_unread, alice, visit
):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 70")
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 40")
    expect(page.locator("#to-new")).to_have_count(0)


def test_my_own_message_scrolls_to_the_end(room_url, alice, visit):
    page = connected(visit(alice, room_url))
    scroll_to(page, "note 80")
    send(page, "back at the end")
    expect_in_view(page, "back at the end")


def test_a_linked_message_is_shown_and_scrolling_leads_to_the_latest(room_url, alice, visit):
    page = connected(visit(alice, f"{room_url}?at=31"))
    expect(page.locator(".target .body")).to_have_text("note 30")
    expect_in_view(page, "note 30")
    expect(page.locator("#pill")).to_have_text("Jump to latest")
    scroll_to(page, "note 54")
    expect(message(page, "note 60")).to_be_attached()
    scroll_to(page, "note 104")
    expect(message(page, "note 119")).to_be_attached()
    scroll_to(page, "note 70")  # at the end of the rows, the browser stays at the end
    page.locator("#pill").click()
    expect_in_view(page, "note 119")
    expect(page.locator("#pill")).to_be_hidden()


def test_new_messages_are_not_added_below_old_ones(room_url, general, alice, bob, visit):
    page = connected(visit(alice, f"{room_url}?at=31"))
    posting.post(bob, general.pk, uuid.uuid4(), "fresh")
    expect(page).to_have_title("(100) General · Chatsite")  # as the server counts
    expect(message(page, "fresh")).to_have_count(0)
    page.locator("#pill").click()
    expect(message(page, "fresh")).to_be_visible()
    send(connected(page), "hello")
    expect(message(page, "hello")).to_be_visible()
    assert bodies(page)[-2:] == ["fresh", "hello"]


def test_my_message_from_a_page_of_old_messages_opens_the_latest(room_url, general, alice, visit):
    page = connected(visit(alice, f"{room_url}?at=31"))
    send(page, "written among old ones")
    expect(page).to_have_url(room_url)
    expect(message(page, "written among old ones")).to_be_visible()
    expect(composer(page)).to_have_value("")


def test_a_page_that_stays_open_keeps_only_the_latest_messages(url, general, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    write(bob, general, range(401))
    expect_in_view(page, "note 400")
    expect(page.locator("#rows .message")).to_have_count(200)
    expect(page.locator("#rows .day")).to_have_text(["Today"])
    scroll_to(page, "note 201")
    expect(message(page, "note 151")).to_be_attached()
    scroll_to(page, "note 151")
    expect(message(page, "note 101")).to_be_attached()
    assert bodies(page) == [f"note {n}" for n in range(101, 401)]


def test_read_messages_below_the_line_of_new_ones_are_removed_too(url, general, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    page.evaluate("document.hasFocus = () => false")
    write(bob, general, range(250))
    expect_in_view(page, "note 249")
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 0")
    page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    write(bob, general, range(250, 401))
    expect_in_view(page, "note 400")
    expect(page.locator("#rows .message")).to_have_count(200)
    expect(page.locator(".unread-line")).to_have_count(0)


def test_messages_that_came_without_a_connection_are_removed_too(url, general, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    write(bob, general, range(150))
    page.context.set_offline(False)
    expect(message(page, "note 149")).to_be_in_viewport(timeout=BACK_MS)
    write(bob, general, range(150, 420))
    expect_in_view(page, "note 419")
    expect(message(page, "note 0")).to_have_count(0)


def test_the_first_kept_message_may_be_one_of_a_row_of_deleted_ones(
    url, general, alice, bob, visit
):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    write(bob, general, range(400))
    expect_in_view(page, "note 399")
    for deleted in Message.objects.filter(room=general, seq__range=(195, 205)):
        editing.delete(bob, deleted.pk)
    expect(page.locator(".fold")).to_have_count(1)
    write(bob, general, [400])
    expect(page.locator("#rows .message")).to_have_count(200)
    expect(page.locator(".fold")).to_have_count(1)
    scroll_to(page, "note 205")
    expect(message(page, "note 155")).to_be_attached()
    expect(page.locator(".fold")).to_have_count(1)


def test_a_page_keeps_all_unread_messages(url, general, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    posting.post(bob, general.pk, uuid.uuid4(), "seen")
    expect(message(page, "seen")).to_be_visible()
    page.evaluate("document.hasFocus = () => false")
    write(bob, general, range(401))
    expect(message(page, "note 400")).to_be_in_viewport(timeout=30_000)  # many to render
    expect(page.locator(".unread-line + .message .body")).to_have_text("note 0")
    assert bodies(page) == [f"note {n}" for n in range(401)]


def test_times_are_in_the_time_zone_of_the_reader(room_url, general, alice, visit):
    page = visit(alice, room_url, timezone_id="Pacific/Auckland", locale="en-GB")
    shown = page.locator("#rows .message").last.locator("time")
    local = page.evaluate(
        "(iso) => new Date(iso).toLocaleTimeString('en-GB', {hour: 'numeric', minute: '2-digit'})",
        shown.get_attribute("datetime"),
    )
    expect(shown).to_have_text(local)


def test_reading_and_posting_work_without_javascript(room_url, alice, visit):
    page = visit(alice, room_url, java_script_enabled=False)
    expect_in_view(page, "note 119")
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.get_by_text("note 69", exact=True)).to_be_visible()
    page.get_by_role("link", name="Jump to latest").click()
    page.get_by_role("textbox", name="Message to").fill("by hand")
    page.get_by_role("button", name="Send").click()
    expect_in_view(page, "by hand")
    page.get_by_role("link", name="Chatsite").click()
    expect(page.get_by_role("link", name="Back to #General")).to_be_visible()
