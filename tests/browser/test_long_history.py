"""Scrolling far back and forth: the page stays small, ordered and in place."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.services import post_batch, posts
from tests.browser.page_actions import connected, message

MESSAGES = 700
ROWS_MAX = 400  # the limit in timeline.js and one more page


@pytest.fixture
def page(url, general, alice, bob, visit):
    start = timezone.now() - timedelta(days=3)
    written = [posts.Post(bob, general.pk, uuid.uuid4(), f"note {n}") for n in range(MESSAGES)]
    for first in range(0, MESSAGES, 100):
        post_batch.write(written[first : first + 100], now=start + timedelta(minutes=first))
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def numbers(page):
    texts = page.locator("#rows > .message .body").all_inner_texts()
    return [int(text.removeprefix("note ")) for text in texts]


def scroll_to(page, link):
    """Scrolls with a script, as the link is replaced as soon as it is in view."""
    page.evaluate(f"document.querySelector('#rows > {link}')?.scrollIntoView()")


def scroll_to_the_beginning(page):
    while page.locator("#rows > .older").count():
        first = numbers(page)[0]
        scroll_to(page, ".older")
        expect(message(page, f"note {first - 1}")).to_be_attached()
    expect(page.get_by_text("This is the beginning of the room")).to_be_attached()


def test_the_page_stays_small_at_the_beginning_of_the_room(page):
    scroll_to_the_beginning(page)
    shown = numbers(page)
    assert shown == list(range(len(shown)))
    assert len(shown) <= ROWS_MAX


def test_the_way_back_to_the_latest_has_no_gap(page):
    scroll_to_the_beginning(page)
    shown = numbers(page)
    seen = set(shown)
    while shown[-1] < MESSAGES - 1:
        scroll_to(page, ".newer")
        expect(message(page, f"note {shown[-1] + 1}")).to_be_attached()
        shown = numbers(page)
        assert shown == list(range(shown[0], shown[-1] + 1))
        assert len(shown) <= ROWS_MAX
        seen |= set(shown)
    assert seen == set(range(MESSAGES))
    expect(page.locator("#rows > .newer")).to_have_count(0)


def test_visible_messages_stay_in_place_when_later_ones_are_removed(page):
    while not page.locator("#rows > .newer").count():
        first = numbers(page)[0]
        scroll_to(page, ".older")
        place = message(page, f"note {first + 5}").bounding_box()["y"]
        expect(message(page, f"note {first - 1}")).to_be_attached()
    now = message(page, f"note {first + 5}").bounding_box()["y"]
    assert now == pytest.approx(place, abs=2)


def test_the_latest_messages_are_a_click_away(page):
    scroll_to_the_beginning(page)
    page.locator("#pill").click()
    expect(message(page, f"note {MESSAGES - 1}")).to_be_in_viewport()
