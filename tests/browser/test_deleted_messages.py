"""Deleted messages on an open page and on a loaded page."""

import uuid

import pytest
from playwright.sync_api import expect

from chat.services import editing, posting
from tests.browser.page_actions import connected, message


@pytest.fixture
def spam(general, bob):
    return [posting.post(bob, general.pk, uuid.uuid4(), f"spam {n}").message for n in range(4)]


@pytest.fixture
def page(url, general, alice, bob, spam, visit):
    posting.post(alice, general.pk, uuid.uuid4(), "what is this?")
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def lines(page):
    return page.locator("#rows > .fold")


def test_a_deletion_joins_the_deleted_messages_next_to_it(page, spam, alice):
    editing.force_delete(spam[0].pk)
    expect(page.get_by_text("Message by Bob deleted")).to_be_visible()
    editing.force_delete(spam[2].pk)
    expect(page.get_by_text("Message by Bob deleted")).to_have_count(2)
    expect(lines(page)).to_have_count(0)
    editing.force_delete(spam[1].pk)
    expect(lines(page)).to_have_text("3 messages by Bob deleted")
    expect(page.get_by_text("Message by Bob deleted").first).to_be_hidden()
    editing.force_delete(spam[3].pk)
    expect(lines(page)).to_have_text("4 messages by Bob deleted")


def test_a_loaded_page_looks_like_the_open_page(page, spam, url):
    for one in spam:
        editing.force_delete(one.pk)
    expect(lines(page)).to_have_text("4 messages by Bob deleted")
    page.reload()
    expect(lines(page)).to_have_text("4 messages by Bob deleted")
    expect(page.locator("#rows > .message:visible")).to_have_count(1)


def test_the_page_without_javascript_folds_deleted_messages(url, general, alice, spam, visit):
    for one in spam:
        editing.force_delete(one.pk)
    page = visit(alice, f"{url}/rooms/{general.pk}/", java_script_enabled=False)
    expect(lines(page)).to_have_text("4 messages by Bob deleted")
    expect(page.locator("#rows > .message:visible")).to_have_count(0)


def test_the_arrow_keys_skip_folded_messages(page, spam, general, alice):
    first = posting.post(alice, general.pk, uuid.uuid4(), "last").message
    expect(message(page, "last")).to_be_visible()
    for one in spam[1:]:
        editing.force_delete(one.pk)
    expect(lines(page)).to_have_text("3 messages by Bob deleted")
    message(page, "what is this?").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, "spam 0")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(message(page, "what is this?")).to_be_focused()
    assert first.pk


def test_the_unread_line_is_below_deleted_messages(url, general, alice, bob, visit):
    connected(visit(alice, f"{url}/rooms/{general.pk}/")).context.close()
    for number in range(4):
        editing.force_delete(
            posting.post(bob, general.pk, uuid.uuid4(), f"spam {number}").message.pk
        )
    posting.post(bob, general.pk, uuid.uuid4(), "news")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    expect(page.locator(".fold")).to_have_text("4 messages by Bob deleted")
    expect(page.locator(".unread-line + .message")).to_contain_text("news")
