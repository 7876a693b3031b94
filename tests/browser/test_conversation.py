import pytest
from playwright.sync_api import expect

from tests.browser.page_actions import (
    bodies,
    click_action,
    composer,
    connected,
    message,
    send,
    sidebar_link,
)


@pytest.fixture
def pages(url, general, alice, bob, visit):
    """The pages of alice and bob, both in General."""
    both = [visit(person, f"{url}/rooms/{general.pk}/") for person in (alice, bob)]
    return [connected(page) for page in both]


def test_both_users_see_new_messages_immediately(pages):
    at_alice, at_bob = pages
    send(at_alice, "Good morning")
    expect(message(at_bob, "Good morning")).to_be_visible()
    send(at_bob, "Good morning to you")
    expect(message(at_alice, "Good morning to you")).to_be_visible()
    assert bodies(at_alice) == bodies(at_bob) == ["Good morning", "Good morning to you"]


def test_enter_sends_and_shift_enter_breaks_the_line(pages):
    at_alice, at_bob = pages
    composer(at_alice).press_sequentially("one")
    composer(at_alice).press("Shift+Enter")
    composer(at_alice).press_sequentially("two")
    composer(at_alice).press("Enter")
    expect(at_bob.locator(".message .body")).to_have_text("one\ntwo", use_inner_text=True)
    expect(composer(at_alice)).to_have_value("")


def test_a_blank_message_is_not_sent(pages):
    at_alice, at_bob = pages
    send(at_alice, "   ")
    send(at_alice, "something")
    expect(message(at_bob, "something")).to_be_visible()
    assert bodies(at_bob) == ["something"]


def test_the_typing_notice_disappears_with_the_message(pages):
    at_alice, at_bob = pages
    composer(at_alice).press_sequentially("Hm")
    expect(at_bob.locator("#typing")).to_have_text("Alice is typing…")
    composer(at_alice).press("Enter")
    expect(at_bob.locator("#typing")).to_be_empty()
    expect(at_alice.locator("#typing")).to_be_empty()


def test_an_edit_in_place_reaches_the_other_user(pages):
    at_alice, at_bob = pages
    send(at_alice, "Hello wrold")
    click_action(at_alice, "Hello wrold", "Edit")
    editor = at_alice.get_by_role("textbox", name="Edit the message")
    expect(editor).to_have_value("Hello wrold")
    editor.fill("Hello world")
    editor.press("Enter")
    expect(message(at_bob, "Hello world")).to_contain_text("edited")
    expect(editor).to_have_count(0)
    assert bodies(at_alice) == ["Hello world"]


def test_arrow_up_edits_my_last_message_and_escape_cancels(pages):
    at_alice, at_bob = pages
    send(at_alice, "mine")
    send(at_bob, "yours")
    expect(message(at_alice, "yours")).to_be_visible()
    composer(at_alice).press("ArrowUp")
    editor = at_alice.get_by_role("textbox", name="Edit the message")
    expect(editor).to_have_value("mine")
    at_alice.keyboard.type("!")
    expect(editor).to_have_value("mine!")
    editor.press("Escape")
    expect(editor).to_have_count(0)
    expect(composer(at_alice)).to_be_focused()


def test_a_deletion_is_confirmed_and_leaves_a_mark(pages):
    at_alice, at_bob = pages
    send(at_alice, "Oops")
    click_action(at_alice, "Oops", "Delete")
    at_alice.get_by_role("button", name="Keep it").click()
    expect(message(at_alice, "Oops")).to_be_visible()
    click_action(at_alice, "Oops", "Delete")
    at_alice.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(at_bob.get_by_text("Message by Alice deleted")).to_be_visible()
    expect(message(at_bob, "Oops")).to_have_count(0)


def test_only_own_messages_have_edit_and_delete_actions(pages):
    at_alice, at_bob = pages
    send(at_alice, "Mine alone")
    message(at_bob, "Mine alone").hover()
    toolbar = at_bob.locator("#actions")
    expect(toolbar.get_by_role("button", name="Reply")).to_be_visible()
    expect(toolbar.get_by_role("button", name="Edit")).to_be_hidden()
    expect(toolbar.get_by_role("button", name="Delete")).to_be_hidden()


def test_both_users_see_a_reaction_added_and_removed(pages):
    at_alice, at_bob = pages
    send(at_alice, "Cake at four")
    click_action(at_bob, "Cake at four", "React")
    at_bob.get_by_role("button", name="party").click()
    at_alice_button = message(at_alice, "Cake at four").locator(".reaction")
    expect(at_alice_button).to_have_text("🎉 1")
    expect(at_alice_button).to_have_attribute("aria-pressed", "false")
    at_alice_button.click()
    expect(at_bob.locator(".reaction")).to_have_text("🎉 2")
    expect(at_bob.locator(".reaction")).to_have_attribute("aria-pressed", "true")
    at_bob.locator(".reaction").click()
    expect(at_alice_button).to_have_text("🎉 1")


def test_a_reaction_has_a_tooltip_with_names(pages):
    at_alice, at_bob = pages
    send(at_alice, "Cake at four")
    click_action(at_bob, "Cake at four", "React")
    at_bob.get_by_role("button", name="party").click()
    button = message(at_alice, "Cake at four").locator(".reaction")
    button.hover()
    expect(at_alice.locator(".tip")).to_have_text("Bob")
    button.click()
    expect(button).to_have_text("🎉 2")
    expect(at_alice.locator(".tip")).to_have_text("You and Bob")
    composer(at_alice).hover()
    expect(at_alice.locator(".tip")).to_be_hidden()


def test_a_reply_shows_what_it_answers(pages):
    at_alice, at_bob = pages
    send(at_alice, "Who has the key?")
    click_action(at_bob, "Who has the key?", "Reply")
    send(at_bob, "I do")
    expect(message(at_alice, "I do").locator(".reply")).to_have_text("Alice Who has the key?")


def test_messages_in_a_row_are_grouped_under_one_name(pages):
    at_alice, at_bob = pages
    for text in ("one", "two"):
        send(at_alice, text)
    expect(message(at_bob, "two")).to_be_visible()
    expect(at_bob.locator("#rows .author:visible")).to_have_text(["Alice"])
    expect(at_bob.locator(".day")).to_have_text(["Today"])


def test_a_message_that_mentions_me_is_highlighted(pages):
    at_alice, at_bob = pages
    send(at_alice, "Over to you, @bob")
    expect(at_bob.locator(".message.to-me .mention")).to_have_text("@Bob")
    expect(at_alice.locator(".message.to-me")).to_have_count(0)


def test_my_own_mention_is_not_highlighted(pages):
    at_alice, _ = pages
    send(at_alice, "Over to me, @alice")
    expect(at_alice.locator("#rows .mention")).to_have_text("@Alice")
    expect(at_alice.locator(".message.to-me")).to_have_count(0)


def test_a_message_of_a_few_emoji_is_large(pages):
    at_alice, _ = pages
    for text in ("👍🏽 🇨🇦", "2", "🎉 hooray", "🎉🎉🎉🎉"):
        send(at_alice, text)
    for page in pages:
        expect(page.locator("#rows .message")).to_have_count(4)
        expect(page.locator("#rows .body.emoji")).to_have_text("👍🏽 🇨🇦")


def test_links_to_other_sites_open_in_a_new_tab(pages, url):
    at_alice, at_bob = pages
    send(at_alice, f"https://example.org and {url}/rooms/1/")
    links = at_bob.locator("#rows .body a")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("target", "_blank")
    expect(links.first).to_have_attribute("rel", "nofollow noopener noreferrer")
    expect(links.last).not_to_have_attribute("target", "_blank")


def test_the_toolbar_is_hidden_while_a_message_is_edited(pages):
    at_alice, _ = pages
    send(at_alice, "Hello wrold")
    message(at_alice, "Hello wrold").hover()
    expect(at_alice.locator("#actions")).to_be_visible()
    composer(at_alice).press("ArrowUp")
    expect(at_alice.get_by_role("textbox", name="Edit the message")).to_be_visible()
    expect(at_alice.locator("#actions")).to_be_hidden()


def test_the_counter_appears_near_the_limit_and_a_longer_text_is_not_sent(pages):
    at_alice, _ = pages
    counter = at_alice.locator("#counter")
    composer(at_alice).fill("a" * 3599)
    expect(counter).to_be_hidden()
    composer(at_alice).fill("a" * 4001)
    expect(counter).to_have_text("1 too many")
    composer(at_alice).press("Enter")
    expect(composer(at_alice)).to_have_value("a" * 4001)
    composer(at_alice).fill("a" * 4000)
    composer(at_alice).press("Enter")
    expect(at_alice.locator("#rows .message")).to_have_count(1)


def test_a_new_conversation_appears_for_the_other_user(pages, url, alice, bob):
    at_alice, at_bob = pages
    at_alice.goto(f"{url}/?q=bob")
    at_alice.get_by_role("button", name="Message Bob").click()
    connected(at_alice)
    send(at_alice, "Just us two")
    expect(sidebar_link(at_bob, "Alice")).to_be_visible()
    sidebar_link(at_bob, "Alice").click()
    expect(message(at_bob, "Just us two")).to_be_visible()
