"""Formats by keys and by the bar, in the composer and in the editor of a message."""

import pytest
from playwright.sync_api import expect

from tests.browser.page_actions import composer, connected, message, send
from tests.browser.test_accessibility import faults

TEXT = "one two three"


@pytest.fixture
def page(url, general, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def select(box, start: int, end: int) -> None:
    box.evaluate("(box, [start, end]) => box.setSelectionRange(start, end)", [start, end])


def selection(box) -> str:
    return box.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)")


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        ("Control+b", "one **two** three"),
        ("Control+i", "one *two* three"),
        ("Control+Shift+x", "one ~~two~~ three"),
        ("Control+Shift+c", "one `two` three"),
    ],
)
def test_a_key_marks_the_selected_text_and_removes_the_mark(page, keys, result):
    box = composer(page)
    box.fill(TEXT)
    select(box, 4, 7)
    box.press(keys)
    expect(box).to_have_value(result)
    assert selection(box) == "two"
    box.press(keys)
    expect(box).to_have_value(TEXT)


def test_marks_combine_and_spaces_stay_outside(page):
    box = composer(page)
    box.fill(TEXT)
    select(box, 3, 8)  # with the spaces around
    box.press("Control+b")
    box.press("Control+i")
    expect(box).to_have_value("one ***two*** three")
    box.press("Control+b")
    expect(box).to_have_value("one *two* three")
    box.press("Control+i")
    expect(box).to_have_value(TEXT)


def test_without_a_selection_the_text_that_follows_is_marked(page):
    box = composer(page)
    box.press("Control+b")
    box.press_sequentially("bold")
    expect(box).to_have_value("**bold**")


@pytest.mark.parametrize(
    ("keys", "prefix"), [("Control+Shift+Digit9", "> "), ("Control+Shift+Digit8", "- ")]
)
def test_a_key_marks_lines_and_removes_the_mark(page, keys, prefix):
    box = composer(page)
    box.fill("a\nb\nc")
    select(box, 0, 3)
    box.press(keys)
    expect(box).to_have_value(f"{prefix}a\n{prefix}b\nc")
    box.press(keys)
    expect(box).to_have_value("a\nb\nc")


def test_ctrl_k_makes_a_link_of_the_selection_and_otherwise_opens_the_switcher(page):
    box = composer(page)
    box.fill(TEXT)
    select(box, 4, 7)
    box.press("Control+k")
    expect(box).to_have_value("one [two](url) three")
    assert selection(box) == "url"
    select(box, 0, 0)
    box.press("Control+k")
    expect(page.get_by_role("dialog", name="Jump to a room")).to_be_visible()


def test_an_address_pasted_over_text_becomes_its_link(page):
    box = composer(page)
    box.fill(TEXT)
    select(box, 4, 7)
    box.evaluate(
        """box => {
          const data = new DataTransfer();
          data.setData("text/plain", "https://example.org/a");
          box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true}));
        }"""
    )
    expect(box).to_have_value("one [two](https://example.org/a) three")


def test_a_format_can_be_undone(page):
    box = composer(page)
    box.press_sequentially("two")
    select(box, 0, 3)
    box.press("Control+b")
    box.press("Control+z")
    expect(box).to_have_value("two")


def test_the_editor_of_a_message_has_the_keys_too(page):
    send(page, TEXT)
    expect(message(page, TEXT)).to_be_visible()
    composer(page).press("ArrowUp")
    editor = page.get_by_role("textbox", name="Edit the message")
    expect(editor).to_be_visible()
    select(editor, 4, 7)
    editor.press("Control+i")
    expect(editor).to_have_value("one *two* three")


@pytest.mark.parametrize(
    "viewport", [{"width": 1280, "height": 800}, {"width": 390, "height": 780}]
)
def test_the_bar_stays_as_the_user_chose(url, general, alice, visit, viewport):
    page = visit(alice, f"{url}/rooms/{general.pk}/", viewport=viewport)
    bar = page.get_by_role("toolbar", name="Formatting")
    expect(bar).to_be_hidden()
    page.get_by_role("button", name="Formatting").click()
    composer(page).fill("two")
    composer(page).select_text()
    bar.get_by_role("button", name="Bold").click()
    expect(composer(page)).to_have_value("**two**")
    expect(composer(page)).to_be_focused()
    assert faults(page) == []
    page.reload()
    expect(bar).to_be_visible()
    page.get_by_role("button", name="Formatting").click()
    page.reload()
    expect(bar).to_be_hidden()


def test_the_bar_is_one_tab_stop(page):
    page.get_by_role("button", name="Formatting").click()
    bold = page.get_by_role("button", name="Bold")
    bold.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="List")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(bold).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Formatting")).to_be_focused()
