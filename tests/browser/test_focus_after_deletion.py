"""After a deletion the focus moves to the next message."""

import pytest
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing
from tests.browser.page_actions import composer, connected, message
from tests.chat.factories import post_message


@pytest.fixture
def page(url, general, alice, visit):
    for text in ("one", "two", "three"):
        post_message(alice, general, text)
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def delete(page, text, answer="Delete"):
    row = message(page, text)
    row.focus()
    row.press("Enter")
    page.locator("#actions").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name=answer).click()


def test_the_focus_moves_to_the_next_message_the_previous_one_or_the_composer(page):
    delete(page, "two")
    expect(message(page, "three")).to_be_focused()
    delete(page, "three")
    expect(message(page, "one")).to_be_focused()
    delete(page, "one")
    expect(composer(page)).to_be_focused()
    expect(page.locator(".message.deleted")).to_have_count(3)


def test_a_message_that_is_kept_regains_the_focus(page):
    delete(page, "two", "Keep it")
    expect(message(page, "two")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(message(page, "one")).to_be_focused()


def test_escape_keeps_the_message_and_its_focus(page):
    message(page, "two").focus()
    page.keyboard.press("Enter")
    page.locator("#actions").get_by_role("button", name="Delete").click()
    page.keyboard.press("Escape")
    expect(message(page, "two")).to_be_focused()


def test_the_actions_close_when_another_user_deletes_the_message(page, alice):
    message(page, "two").press("Enter")
    pk = Message.objects.get(body="two").pk
    editing.edit(alice, pk, "two, edited")
    expect(message(page, "two, edited")).to_be_visible()
    expect(page.locator("#actions")).to_be_visible()
    editing.force_delete(pk)
    expect(page.locator("#actions")).to_be_hidden()
    expect(page.locator(f"#m{pk}")).to_be_focused()
