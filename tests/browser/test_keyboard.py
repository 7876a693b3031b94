"""Everything by keyboard alone."""

import pytest
from playwright.sync_api import expect

from chat import rooms
from tests.browser.people import box, connected, message, say


@pytest.fixture
def page(url, general, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def test_the_composer_has_the_focus_at_first(page):
    expect(box(page)).to_be_focused()


def test_the_first_stop_skips_the_lists(url, alice, visit):
    page = visit(alice, url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_messages_are_walked_through_with_the_arrows(page):
    for text in ("one", "two"):
        say(page, text)
        expect(message(page, text)).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, "two")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(message(page, "one")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(message(page, "two")).to_be_focused()


def test_enter_on_a_message_opens_its_actions_and_escape_leads_back(page):
    say(page, "act on me")
    message(page, "act on me").focus()
    page.keyboard.press("Enter")
    toolbar = page.get_by_role("toolbar")
    expect(toolbar.get_by_role("button", name="React")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(toolbar.get_by_role("button", name="Reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(toolbar).to_be_hidden()
    expect(message(page, "act on me")).to_be_focused()


def test_a_reaction_is_chosen_with_the_arrows(page):
    say(page, "like me")
    expect(message(page, "like me")).to_be_visible()
    message(page, "like me").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="thumbs up")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(message(page, "like me").locator(".reaction")).to_have_text("❤️ 1")
    expect(message(page, "like me")).to_be_focused()


def test_a_message_is_deleted_after_confirming(page):
    say(page, "delete me")
    expect(message(page, "delete me")).to_be_visible()
    message(page, "delete me").focus()
    for key in ("Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Message deleted")).to_be_visible()


def test_escape_gives_up_a_reply(page):
    say(page, "answer me")
    message(page, "answer me").focus()
    for key in ("Enter", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("Replying to Alice")).to_be_visible()
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Replying to Alice")).to_be_hidden()


@pytest.mark.parametrize("shortcut", ["Control+k", "/"])
def test_a_room_is_jumped_to_by_a_few_letters(url, general, alice, visit, shortcut):
    rooms.create(alice, "Garden")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    page.locator("#scroller").focus()
    page.keyboard.press(shortcut)
    page.keyboard.type("gard")
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_text(["Garden"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")


def test_a_slash_in_a_message_is_a_slash(page):
    box(page).press_sequentially("and/or")
    expect(box(page)).to_have_value("and/or")
    expect(page.get_by_role("dialog")).to_have_count(0)
