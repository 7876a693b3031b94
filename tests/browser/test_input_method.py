"""Keys that an input method uses to compose a word have no other effect."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chat.services import rooms
from chat.templatetags.chat import FOLDER
from tests.browser.page_actions import bodies, click_action, composer, connected, message, send

# The events of a key that confirms a word, in one task, as browsers report them.
CONFIRM = """(box, {order, key}) => {
  const composition = (type) => box.dispatchEvent(new CompositionEvent(type, {bubbles: true}));
  const press = (options) =>
    box.dispatchEvent(new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ...options}));
  composition("compositionstart");
  if (order === "chromium") press({key, keyCode: 229, isComposing: true});
  if (order === "process") press({key: "Process", keyCode: 229, isComposing: true});
  composition("compositionend");
  if (order === "safari") press({key, keyCode: 229});
  if (order === "next key") press({key, keyCode: 13});
}"""
ORDERS = ["chromium", "process", "safari"]


@pytest.fixture
def page(url, general, alice, bob, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def confirm(field, order="safari", key="Enter"):
    field.evaluate(CONFIRM, {"order": order, "key": key})


@pytest.mark.parametrize("order", ORDERS)
def test_enter_that_confirms_a_word_does_not_send(page, order):
    composer(page).fill("にほん")
    confirm(composer(page), order)
    expect(composer(page)).to_have_value("にほん")
    composer(page).press("Enter")
    expect(message(page, "にほん")).to_be_visible()
    assert len(bodies(page)) == 1


def test_enter_right_after_a_word_sends(page):
    composer(page).fill("한국")
    confirm(composer(page), "next key")
    expect(message(page, "한국")).to_be_visible()


def test_keys_during_a_real_composition_have_no_other_effect(page: Page):
    keyboard = page.context.new_cdp_session(page)
    composer(page).focus()
    keyboard.send(
        "Input.imeSetComposition", {"text": "日本", "selectionStart": 2, "selectionEnd": 2}
    )
    for key in ("Enter", "Escape", "Tab", "ArrowUp"):
        event = {"key": key, "code": key, "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
    keyboard.send("Input.insertText", {"text": "日本"})
    expect(composer(page)).to_have_value("日本")
    expect(composer(page)).to_be_focused()
    composer(page).press("Enter")
    expect(message(page, "日本")).to_be_visible()


def test_a_confirmed_word_neither_saves_nor_closes_the_editor(page):
    send(page, "first")
    click_action(page, "first", "Edit")
    editor = page.get_by_role("textbox", name="Edit the message")
    editor.fill("第二")
    for order in ORDERS:
        confirm(editor, order)
        confirm(editor, order, "Escape")
    expect(editor).to_have_value("第二")
    editor.press("Enter")
    expect(message(page, "第二")).to_be_visible()


def test_a_confirmed_word_leaves_the_quick_switcher_open(url, page, general, alice):
    rooms.create(alice, "日本語")
    page.reload()
    page.keyboard.press("Control+k")
    field = page.get_by_role("searchbox", name="Room or person")
    field.fill("日本")
    for order in ORDERS:
        confirm(field, order)
        confirm(field, order, "Escape")
        confirm(field, order, "ArrowDown")
    expect(field).to_be_focused()
    field.press("Enter")
    page.wait_for_url(lambda address: address != f"{url}/rooms/{general.pk}/")


@pytest.mark.parametrize("key", ["Enter", "Tab", "Escape", "ArrowDown"])
def test_a_confirmed_word_leaves_the_mention_list_open(page, key):
    composer(page).press_sequentially("@b")
    option = page.get_by_role("listbox", name="People to mention").get_by_role("option")
    expect(option).to_have_count(1)
    for order in ORDERS:
        confirm(composer(page), order, key)
    expect(composer(page)).to_have_value("@b")
    expect(option).to_be_visible()
    composer(page).press("Tab")
    expect(composer(page)).to_have_value("@bob ")


def test_a_confirmed_word_does_not_cancel_a_reply(page):
    send(page, "Question")
    click_action(page, "Question", "Reply")
    for order in ORDERS:
        confirm(composer(page), order, "Escape")
    expect(page.locator("#replying")).to_be_visible()
    composer(page).press("Escape")
    expect(page.locator("#replying")).to_be_hidden()


def test_only_one_script_handles_enter():
    others = [path for path in FOLDER.rglob("*.js") if path.name != "input_method.js"]
    assert [path.name for path in others if names_enter(path)] == []


def names_enter(path: Path) -> bool:
    code = re.sub(r"//.*", "", path.read_text())
    return re.search(r"""["'`]Enter["'`]|\bEnter:|keyCode|\.isComposing""", code) is not None
