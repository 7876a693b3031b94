"""An @ in a message opens a list of the members of the room."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from chat.services import memberships
from tests.browser.page_actions import click_action, composer, connected, message, send
from tests.browser.test_accessibility import faults


@pytest.fixture
def page(url, general, alice, bob, charlie, visit):
    memberships.join(charlie, general.pk)
    get_user_model().objects.create_user("charlotte", name="Charlotte")  # not in the room
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def options(page):
    return page.get_by_role("listbox", name="People to mention").get_by_role("option")


def test_the_keyboard_selects_a_member(page):
    composer(page).press_sequentially("Ask @")
    expect(options(page)).to_have_text(["BBob@bob", "CCharlie@charlie"])
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    assert faults(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("Ask @charlie ")
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@Charlie")


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "请问，",
        "（",
        "カー",
        "ＡＢＣ",
        "１",
        "안녕",
        "สวัสดี",
        "привет,",
        "مرحبا، ",
        "😀",
        "❤️",
        "*",
        "_",
        "cc/",
    ],
)
def test_the_list_opens_next_to_any_script(page, text):
    composer(page).fill(text)
    composer(page).press_sequentially("@cha")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value(f"{text}@charlie ")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@Charlie")


def test_a_fullwidth_at_sign_opens_the_list(page):
    composer(page).press_sequentially("你好＠cha")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("你好@charlie ")


@pytest.mark.parametrize("text", ["привет", "foo", "हिन्दी", "@", "x_"])
def test_an_at_sign_within_a_word_opens_no_list(page, text):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    composer(page).press_sequentially(f"{text}@b @c", delay=150)  # longer than the request delay
    expect(options(page)).to_have_count(1)
    assert {url[-4:] for url in requested if "/names/" in url} <= {"/?q=", "?q=c"}


def test_the_mouse_selects_a_member_in_the_middle_of_a_text(page):
    composer(page).fill("Ask  about it")
    for _ in range(len(" about it")):
        composer(page).press("ArrowLeft")
    composer(page).press_sequentially("@CHA")
    options(page).get_by_text("Charlie", exact=True).click()
    expect(composer(page)).to_have_value("Ask @charlie  about it")
    expect(composer(page)).to_be_focused()


def test_a_complete_name_closes_the_list(page):
    composer(page).press_sequentially("@b")
    expect(options(page)).to_have_count(1)
    with page.expect_response("**/names/?q=bob"):
        composer(page).press_sequentially("ob")
    expect(options(page)).to_have_count(0)
    composer(page).press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@Bob")


def test_the_list_follows_every_letter_without_the_server(page):
    composer(page).press_sequentially("@")
    expect(options(page)).to_have_count(2)
    page.route("**/names/**", lambda route: route.abort())
    composer(page).press_sequentially("ch")
    composer(page).press("Enter")
    expect(composer(page)).to_have_value("@charlie ")


def test_an_unknown_name_opens_no_list(page):
    with page.expect_response("**/names/*"):
        composer(page).press_sequentially("@charlot")
    expect(options(page)).to_have_count(0)
    composer(page).press("Enter")
    expect(message(page, "@charlot")).to_be_visible()


def test_an_email_address_opens_no_list(page):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    composer(page).press_sequentially("mail@b or @c")
    expect(options(page)).to_have_count(1)
    assert [url[-4:] for url in requested if "/names/" in url] == ["?q=c"]


def test_escape_closes_the_list_and_keeps_the_text_and_the_reply(page):
    send(page, "Whom to ask?")
    click_action(page, "Whom to ask?", "Reply")
    composer(page).press_sequentially("@b")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(page.get_by_text("Replying to Alice")).to_be_visible()
    expect(composer(page)).to_have_value("@b")


def test_the_list_opens_in_the_editor(page):
    send(page, "Ask")
    click_action(page, "Ask", "Edit")
    editor = page.get_by_role("textbox", name="Edit the message")
    editor.press_sequentially(" @b")
    expect(options(page)).to_have_count(1)
    editor.press("Tab")
    expect(editor).to_have_value("Ask @bob ")
    editor.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@Bob")
