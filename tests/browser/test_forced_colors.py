"""With forced colours (high contrast) backgrounds are the same, but each state is visible."""

import uuid

import pytest
from playwright.sync_api import expect

from chat.services import editing, posting, rooms
from tests.browser.page_actions import composer, connected, message, send

APPEARANCE = """element => {
    const style = getComputedStyle(element);
    const border = (side) => style[`border${side}Style`] + style[`border${side}Width`];
    const outline = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
    return [style.backgroundColor, style.color, style.textDecorationLine, outline,
        border("Top"), border("Left")].join();
}"""


@pytest.fixture
def page(url, general, alice, bob, visit):
    rooms.create(alice, "Games")
    posting.post(bob, general.pk, uuid.uuid4(), "hello")
    posting.post(bob, general.pk, uuid.uuid4(), "hello @alice")
    return connected(visit(alice, f"{url}/rooms/{general.pk}/", forced_colors="active"))


def appearance(locator):
    return locator.evaluate(APPEARANCE)


def test_the_current_room_differs_from_the_others(page):
    lists = page.locator("#lists")
    current = lists.get_by_role("link", name="General")
    assert appearance(current) != appearance(lists.get_by_role("link", name="Games"))


def test_the_focus_of_the_composer_is_visible(page):
    composer(page).focus()
    focused = appearance(page.locator("#composer .box"))
    composer(page).blur()
    assert appearance(page.locator("#composer .box")) != focused


def test_the_selected_entry_of_the_quick_switcher_is_visible(page):
    page.keyboard.press("Control+k")
    first, second = page.locator("#jump-list li > *").all()[:2]
    assert appearance(first) != appearance(second)


def test_a_mention_differs_from_the_text_around_it(page):
    mention = page.locator(".body .mention")
    assert appearance(mention) != appearance(mention.locator(".."))


def test_a_message_that_mentions_me_differs(page):
    assert appearance(page.locator(".message.to-me")) != appearance(message(page, "hello"))


def test_the_selected_person_differs_in_the_mention_list(page):
    composer(page).press_sequentially("@")
    options = page.get_by_role("option")
    expect(options).not_to_have_count(0)
    chosen = page.locator("[role=option][aria-selected=true]")
    page.evaluate(
        "document.querySelector('[role=listbox]').append("
        "document.querySelector('[role=option]').cloneNode(true))"
    )
    other = options.last
    other.evaluate("element => element.ariaSelected = 'false'")
    assert appearance(chosen.first) != appearance(other)


def test_my_reaction_differs_from_reactions_of_others(page, general, alice, bob):
    for user, emoji in ((alice, "👍"), (bob, "🎉")):
        editing.react(user, page.locator(".message").first.get_attribute("data-id"), emoji, True)
    mine, other = page.locator(".reaction").first, page.locator(".reaction").last
    expect(mine).to_have_class("reaction pressed")
    assert appearance(mine) != appearance(other)


def test_here_and_away_differ_by_shape(page):
    send(page, "me")
    dot = page.locator("#here .dot").first
    here = appearance(dot)
    dot.evaluate("dot => dot.parentElement.classList.replace('here', 'away')")
    assert appearance(dot) != here


def test_the_sign_in_button_differs_from_other_buttons(url, visit):
    page = visit(None, f"{url}/accounts/login/", forced_colors="active")
    sign_in = page.get_by_role("button", name="Sign in", exact=True)
    assert appearance(sign_in) != appearance(
        page.get_by_role("button", name="Sign in with a passkey")
    )
