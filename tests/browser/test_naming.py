"""An @ in a message offers the people of the room."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from chat.services import memberships
from tests.browser.people import act, composer, connected, message, send
from tests.browser.test_accessibility import serious


@pytest.fixture
def page(url, general, alice, bob, charlie, visit):
    memberships.join(charlie, general.pk)
    get_user_model().objects.create_user("charlotte", name="Charlotte")  # not in the room
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def offered(page):
    return page.get_by_role("listbox", name="People to mention").get_by_role("option")


def test_by_keyboard(page):
    composer(page).press_sequentially("Ask @")
    expect(offered(page)).to_have_text(["BBob@bob", "CCharlie@charlie"])
    expect(offered(page).first).to_have_attribute("aria-selected", "true")
    assert serious(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("Ask @charlie ")
    expect(offered(page)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@charlie")


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
def test_next_to_any_script(page, text):
    composer(page).fill(text)
    composer(page).press_sequentially("@cha")
    expect(offered(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value(f"{text}@charlie ")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@charlie")


def test_the_fullwidth_at_of_an_input_method(page):
    composer(page).press_sequentially("你好＠cha")
    expect(offered(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("你好@charlie ")


@pytest.mark.parametrize("text", ["привет", "foo", "हिन्दी", "@", "x_"])
def test_not_within_a_word(page, text):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    composer(page).press_sequentially(f"{text}@b @c", delay=150)  # longer than it waits to ask
    expect(offered(page)).to_have_count(1)
    assert {url[-4:] for url in asked if "/names/" in url} <= {"/?q=", "?q=c"}


def test_by_mouse_in_the_middle_of_a_text(page):
    composer(page).fill("Ask  about it")
    for _ in range(len(" about it")):
        composer(page).press("ArrowLeft")
    composer(page).press_sequentially("@CHA")
    offered(page).get_by_text("Charlie", exact=True).click()
    expect(composer(page)).to_have_value("Ask @charlie  about it")
    expect(composer(page)).to_be_focused()


def test_a_name_typed_in_full_needs_no_choice(page):
    composer(page).press_sequentially("@b")
    expect(offered(page)).to_have_count(1)
    with page.expect_response("**/names/?q=bob"):
        composer(page).press_sequentially("ob")
    expect(offered(page)).to_have_count(0)
    composer(page).press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@bob")


def test_what_is_offered_follows_every_letter(page):
    composer(page).press_sequentially("@")
    expect(offered(page)).to_have_count(2)
    page.route("**/names/**", lambda route: route.abort())
    composer(page).press_sequentially("ch")
    composer(page).press("Enter")
    expect(composer(page)).to_have_value("@charlie ")


def test_nobody_of_that_name(page):
    with page.expect_response("**/names/*"):
        composer(page).press_sequentially("@charlot")
    expect(offered(page)).to_have_count(0)
    composer(page).press("Enter")
    expect(message(page, "@charlot")).to_be_visible()


def test_an_address_names_nobody(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    composer(page).press_sequentially("mail@b or @c")
    expect(offered(page)).to_have_count(1)
    assert [url[-4:] for url in asked if "/names/" in url] == ["?q=c"]


def test_escape_leaves_what_is_typed_and_the_reply(page):
    send(page, "Whom to ask?")
    act(page, "Whom to ask?", "Reply")
    composer(page).press_sequentially("@b")
    expect(offered(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(offered(page)).to_have_count(0)
    expect(page.get_by_text("Replying to Alice")).to_be_visible()
    expect(composer(page)).to_have_value("@b")


def test_while_editing(page):
    send(page, "Ask")
    act(page, "Ask", "Edit")
    editor = page.get_by_role("textbox", name="Edit the message")
    editor.press_sequentially(" @b")
    expect(offered(page)).to_have_count(1)
    editor.press("Tab")
    expect(editor).to_have_value("Ask @bob ")
    editor.press("Enter")
    expect(page.locator("#rows .mention")).to_have_text("@bob")
