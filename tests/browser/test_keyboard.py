"""Everything works with the keyboard only."""

import uuid

import pytest
from playwright.sync_api import expect

from chat.services import editing, post_batch, posting, posts, rooms
from tests.browser.page_actions import composer, connected, message, send


@pytest.fixture
def page(url, general, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def test_the_composer_has_the_focus_on_a_new_page(page):
    expect(composer(page)).to_be_focused()


def test_the_first_tab_stop_skips_the_sidebar(url, alice, visit):
    page = visit(alice, url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_arrow_keys_move_through_the_messages(page):
    for text in ("one", "two"):
        send(page, text)
        expect(message(page, text)).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, "two")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(message(page, "one")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(message(page, "two")).to_be_focused()


def test_text_typed_on_a_message_goes_to_the_composer(page):
    send(page, "one")
    expect(message(page, "one")).to_be_visible()
    message(page, "one").focus()
    page.keyboard.type("two/three")
    expect(composer(page)).to_have_value("two/three")


def test_enter_opens_the_actions_of_a_message_and_escape_closes_them(page):
    send(page, "act on me")
    message(page, "act on me").focus()
    page.keyboard.press("Enter")
    toolbar = page.get_by_role("toolbar")
    expect(toolbar.get_by_role("button", name="React")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(toolbar.get_by_role("button", name="Reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(toolbar).to_be_hidden()
    expect(message(page, "act on me")).to_be_focused()


def test_the_arrow_keys_choose_a_reaction(page):
    send(page, "like me")
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
    send(page, "delete me")
    expect(message(page, "delete me")).to_be_visible()
    message(page, "delete me").focus()
    for key in ("Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Message by Alice deleted")).to_be_visible()


def test_escape_cancels_a_reply(page):
    send(page, "answer me")
    message(page, "answer me").focus()
    for key in ("Enter", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("Replying to Alice")).to_be_visible()
    expect(composer(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Replying to Alice")).to_be_hidden()


@pytest.mark.parametrize("shortcut", ["Control+k", "/"])
def test_the_quick_switcher_opens_a_room_by_a_few_letters(url, general, alice, visit, shortcut):
    rooms.create(alice, "Garden")
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    page.locator("#scroller").focus()
    page.keyboard.press(shortcut)
    page.keyboard.type("gard")
    expect(page.get_by_role("dialog").get_by_role("link")).to_have_text(["Garden"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")


@pytest.mark.parametrize(
    ("key", "code", "opens"),
    [
        ("л", "KeyK", True),  # Russian
        ("κ", "KeyK", True),  # Greek
        ("ל", "KeyK", True),  # Hebrew
        ("t", "KeyK", False),  # Dvorak has the K elsewhere
        ("k", "KeyV", True),
    ],
)
def test_the_shortcut_works_on_other_keyboard_layouts(page, key, code, opens):
    event = {"key": key, "code": code, "ctrlKey": True, "bubbles": True, "cancelable": True}
    composer(page).evaluate(
        "(box, event) => box.dispatchEvent(new KeyboardEvent('keydown', event))", event
    )
    expect(page.locator("#jump")).to_be_visible(visible=opens)


def test_the_quick_switcher_opens_a_room_to_join(page, bob):
    rooms.create(bob, "Orchard")
    page.keyboard.press("Control+k")
    page.keyboard.type("orch")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orchard")
    expect(page.get_by_role("button", name="Join this room")).to_be_visible()


def test_the_quick_switcher_opens_a_conversation_with_a_person(page, charlie):
    page.keyboard.press("Control+k")
    page.keyboard.type("char")
    expect(page.get_by_role("dialog").get_by_role("button")).to_contain_text("Charlie")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Charlie")


def test_names_that_begin_with_the_letters_come_first(page, alice):
    for name in ("Hidden gems", "Big Den", "Den"):
        rooms.create(alice, name)
    expect(page.locator("#lists").get_by_role("link", name="Den", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("den")
    entries = page.get_by_role("dialog").get_by_role("link")
    expect(entries).to_have_text(["Den", "Big Den", "Hidden gems"])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_quick_switcher_lists_a_conversation_once(url, alice, bob, visit):
    rooms.direct(alice, [bob.pk])
    page = connected(visit(alice, url))
    page.keyboard.press("Control+k")
    page.keyboard.type("bo")
    with page.expect_response("**/jump/*"):
        page.keyboard.type("b")
    expect(page.locator("#jump-list :is(a, button)")).to_have_text(["BBob"])


def test_the_quick_switcher_says_if_it_finds_nothing(page):
    page.keyboard.press("Control+k")
    page.keyboard.type("zzz")
    expect(page.get_by_text("No results.")).to_be_visible()


def test_a_focused_reaction_has_a_tooltip_with_names(page, alice, bob, general):
    posted = posting.post(bob, general.pk, uuid.uuid4(), "Cake").message
    editing.react(bob, posted.pk, "🎉", True)
    reaction = message(page, "Cake").locator(".reaction")
    expect(reaction).to_be_visible()
    message(page, "Cake").focus()
    page.keyboard.press("Tab")
    expect(reaction).to_be_focused()
    expect(page.locator(".tip")).to_have_text("Bob")
    page.keyboard.press("Enter")
    expect(page.locator(".tip")).to_have_text("You and Bob")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    expect(composer(page)).to_be_focused()


def test_a_slash_in_a_message_opens_nothing(page):
    composer(page).press_sequentially("and/or")
    expect(composer(page)).to_have_value("and/or")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_two_quick_requests_open_one_editor(page):
    for text in ("first", "second"):
        send(page, text)
        expect(message(page, text)).to_be_visible()
    composer(page).evaluate(
        """(box) => {
          const event = {key: "ArrowUp", bubbles: true, cancelable: true};
          for (const _ of [1, 2]) box.dispatchEvent(new KeyboardEvent("keydown", event));
        }"""
    )
    expect(page.locator("form.editor")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Edit the message")).to_have_value("second")
    page.keyboard.press("Escape")
    expect(page.locator("form.editor")).to_have_count(0)
    expect(page.locator(".editing")).to_have_count(0)


def focus_message(page, text: str) -> None:
    """Moves to a message by keys, which makes its own keys work."""
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowUp")
    expect(message(page, text)).to_be_focused()


def test_each_action_of_a_focused_message_has_a_key(page):
    send(page, "act on me")
    expect(message(page, "act on me")).to_be_visible()
    focus_message(page, "act on me")
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    expect(message(page, "act on me").locator(".reaction")).to_have_text("👍 1")
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog", name="Delete this message?")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Edit the message")).to_have_value("act on me")
    page.keyboard.press("Escape")
    focus_message(page, "act on me")
    page.keyboard.press("r")
    expect(page.get_by_text("Replying to")).to_be_visible()
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("")


def test_the_keys_of_actions_that_are_not_offered_are_text(page, bob, general):
    posting.post(bob, general.pk, uuid.uuid4(), "not mine")
    expect(message(page, "not mine")).to_be_visible()
    focus_message(page, "not mine")
    page.keyboard.type("easy")
    expect(composer(page)).to_have_value("easy")


def test_letters_after_a_click_on_a_message_are_text(page):
    send(page, "click me")
    message(page, "click me").click()
    page.keyboard.type("really")
    expect(composer(page)).to_have_value("really")


def test_page_up_scrolls_the_messages_from_the_composer(page, bob, general):
    post_batch.write(
        [posts.Post(bob, general.pk, uuid.uuid4(), f"line {number}") for number in range(40)]
    )
    expect(message(page, "line 39")).to_be_in_viewport()
    expect(page.locator("#pill")).to_be_hidden()
    composer(page).press("PageUp")
    expect(message(page, "line 39")).not_to_be_in_viewport()
    expect(composer(page)).to_be_focused()
    expect(page.locator("#pill")).to_have_text("Jump to latest")
    page.locator("#pill").click()
    expect(message(page, "line 39")).to_be_in_viewport()
    expect(page.locator("#pill")).to_be_hidden()


def test_page_up_stays_in_a_composer_that_scrolls(page):
    composer(page).fill("line\n" * 60)
    composer(page).evaluate("box => box.scrollTop = box.scrollHeight")
    composer(page).press("PageUp")
    assert composer(page).evaluate("box => box.selectionStart") < 300


def test_arrow_up_reaches_the_messages_if_none_is_mine(page, bob, general):
    posting.post(bob, general.pk, uuid.uuid4(), "from bob")
    expect(message(page, "from bob")).to_be_visible()
    composer(page).press("ArrowUp")
    expect(message(page, "from bob")).to_be_focused()


@pytest.fixture
def many(page, bob, general):
    """60 messages of bob; the 35th is higher than the view."""
    bodies = [f"line {number}" for number in range(60)]
    bodies[35] = "tall\n\n" * 60 + "end"
    post_batch.write([posts.Post(bob, general.pk, uuid.uuid4(), body) for body in bodies])
    page.reload()
    connected(page)
    expect(message(page, "line 59")).to_be_in_viewport()


def focused_line(page) -> str:
    return page.evaluate("document.activeElement.querySelector('.body')?.innerText")


def test_home_and_end_move_to_the_first_and_the_last_message(page, many):
    focus_message(page, "line 59")
    page.keyboard.press("Home")
    expect(message(page, "line 10")).to_be_focused()  # of the 50 that are loaded
    expect(message(page, "line 10")).to_be_in_viewport()
    page.keyboard.press("End")
    expect(message(page, "line 59")).to_be_focused()
    expect(message(page, "line 0")).to_be_attached()
    page.locator("#scroller").focus()
    page.keyboard.press("Home")
    expect(message(page, "line 0")).to_be_focused()


def test_the_page_keys_move_by_a_view(page, many):
    focus_message(page, "line 59")
    page.keyboard.press("PageUp")
    first = focused_line(page)
    assert 36 <= int(first.removeprefix("line ")) < 55
    expect(message(page, first)).to_be_in_viewport()
    page.keyboard.press("PageDown")
    expect(message(page, "line 59")).to_be_focused()
    page.keyboard.press("PageDown")
    expect(message(page, "line 59")).to_be_focused()


def test_a_message_that_is_higher_than_the_view_is_scrolled_first(page, many):
    message(page, "line 36").scroll_into_view_if_needed()
    page.locator("#scroller").focus()
    tall = page.locator("#rows .message").filter(has_text="tall")
    tall.evaluate("(row) => { row.scrollIntoView(); row.focus({ preventScroll: true }) }")
    page.keyboard.press("PageDown")
    expect(tall).to_be_focused()
    expect(message(page, "line 36")).not_to_be_in_viewport()
    for _ in range(10):
        page.keyboard.press("PageDown")
        page.wait_for_timeout(200)  # the browser scrolls smoothly
        if not tall.evaluate("(row) => row === document.activeElement"):
            break
    assert int(focused_line(page).removeprefix("line ")) > 35


def test_home_and_end_stay_in_the_editor(page):
    send(page, "edit me")
    expect(message(page, "edit me")).to_be_visible()
    focus_message(page, "edit me")
    page.keyboard.press("e")
    editor = page.get_by_role("textbox", name="Edit the message")
    expect(editor).to_have_value("edit me")
    expect(editor).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.type("> ")
    page.keyboard.press("End")
    page.keyboard.type("!")
    expect(editor).to_have_value("> edit me!")


def test_home_and_end_with_a_modifier_are_the_browsers(page, many):
    focus_message(page, "line 59")
    page.keyboard.press("Control+Home")
    expect(message(page, "line 59")).to_be_focused()
