"""Right-to-left text has its own direction and does not affect the text around it."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from chat.services import memberships, rooms
from tests.browser.page_actions import composer, connected
from tests.chat.factories import post_message

HEBREW, ARABIC = "שלום לכולם", "أحمد بن علي"


@pytest.fixture
def room(alice):
    return rooms.create(alice, HEBREW, topic=ARABIC)


@pytest.fixture
def ahmed(room):
    person = get_user_model().objects.create_user("ahmed", name=ARABIC)
    memberships.join(person, room.pk)
    return person


@pytest.fixture
def page(url, room, ahmed, alice, visit):
    return visit(alice, f"{url}/rooms/{room.pk}/")


def direction(locator) -> str:
    return locator.evaluate("(element) => getComputedStyle(element).direction")


def start_side(locator) -> str:
    """Returns the side on which the text of the first line begins."""
    return locator.evaluate(
        """(element) => {
          const range = document.createRange();
          range.selectNodeContents(element);
          const text = range.getClientRects()[0], box = element.getBoundingClientRect();
          return text.left - box.left > box.right - text.right ? "right" : "left";
        }"""
    )


@pytest.mark.parametrize(
    ("body", "side"),
    [
        (HEBREW, "right"),
        (ARABIC, "right"),
        ("hello", "left"),
        (f"123, {HEBREW}", "right"),
        (f"@bob {HEBREW}", "left"),
        (f"Hello {HEBREW}", "left"),
        (f"{HEBREW} hello", "right"),
        ("ܫܠܡܐ", "right"),
    ],
)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_message_begins_at_the_side_of_its_first_word(
    url, room, alice, visit, body, side, scripts
):
    post_message(alice, room, body)
    page = visit(alice, f"{url}/rooms/{room.pk}/", java_script_enabled=scripts)
    paragraph = page.locator("#rows .body p")
    if scripts:
        assert start_side(paragraph) == side
        assert direction(page.locator("#rows .body")) == {"right": "rtl", "left": "ltr"}[side]
    expect(page.locator("#rows .body")).to_have_attribute("dir", "auto")


def test_each_block_has_its_own_direction(page, room, alice):
    post_message(
        alice, room, f"{HEBREW}\n\nhello\n\n- {HEBREW}\n- two\n\n> quote\n\n```\n# {HEBREW}\n```"
    )
    blocks = page.locator("#rows .body > *")
    expect(blocks).to_have_count(5)
    found = [direction(blocks.nth(number)) for number in range(5)]
    assert found == ["rtl", "ltr", "rtl", "ltr", "ltr"]
    items = page.locator("#rows li")
    assert [start_side(items.nth(0)), start_side(items.nth(1))] == ["right", "right"]


def test_code_is_left_to_right(page, room, alice):
    post_message(alice, room, f"{HEBREW} `foo(x, y)` {HEBREW}")
    assert direction(page.locator("#rows code")) == "ltr"


def test_a_quote_has_the_direction_of_its_message(page, room, alice, ahmed):
    post_message(alice, room, "English", reply_to=post_message(ahmed, room, HEBREW))
    assert direction(page.locator(".reply")) == "rtl"


def test_names_do_not_change_the_direction_around_them(page, room, ahmed, alice):
    post_message(ahmed, room, "hello")
    author = page.locator("#rows .message .author")
    expect(author).to_have_text(ARABIC)
    assert author.evaluate("(name) => name.localName") == "bdi"
    place = page.locator("#rows .message header").evaluate(
        """(header) => [...header.children].map((part) => part.getBoundingClientRect().left)"""
    )
    assert place == sorted(place)
    link = page.locator("#lists .name").filter(has_text=HEBREW)
    assert (direction(link), start_side(link)) == ("rtl", "left")
    assert start_side(page.locator("h1 span")) == "left"


def test_titles_and_labels_isolate_names(page):
    isolated = f"\u2068{HEBREW}\u2069"
    expect(page).to_have_title(f"{isolated} · Chatsite")
    expect(composer(page)).to_have_attribute("aria-label", f"Message to {isolated}")
    expect(composer(page)).to_have_attribute("placeholder", f"Message #{isolated}")


def test_a_latin_name_is_not_isolated(url, general, alice, visit):
    expect(visit(alice, f"{url}/rooms/{general.pk}/")).to_have_title("General · Chatsite")


def test_a_sentence_isolates_its_names(url, page, room, ahmed, visit):
    at_ahmed = connected(visit(ahmed, f"{url}/rooms/{room.pk}/"))
    connected(page)
    composer(at_ahmed).press_sequentially("x")
    expect(page.locator("#typing")).to_have_text(f"\u2068{ARABIC}\u2069 is typing…")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/", ["q", "username"]),
        ("/rooms/new/", ["name", "topic"]),
        ("/accounts/profile/", ["name"]),
        ("/rooms/{}/members/", ["username", "name", "topic"]),
        ("/rooms/{}/", ["body"]),
    ],
)
def test_fields_follow_the_direction_of_their_text(url, page, room, path, fields):
    page.goto(url + path.format(room.pk))
    for field in fields:
        for found in page.locator(f"main [name={field}]:not([type=hidden])").all():
            expect(found).to_have_attribute("dir", "auto")


def test_the_composer_and_the_editor_follow_the_direction_of_their_text(page, room, alice):
    connected(page)
    composer(page).fill(HEBREW)
    assert direction(composer(page)) == "rtl"
    composer(page).press("Enter")
    expect(page.locator("#rows .body")).to_have_text(HEBREW)
    composer(page).press("ArrowUp")
    assert direction(page.get_by_role("textbox", name="Edit the message")) == "rtl"


def test_a_long_line_does_not_widen_the_page(url, page, room, alice, ahmed):
    page.set_viewport_size({"width": 390, "height": 800})
    post_message(alice, room, HEBREW * 40, reply_to=post_message(ahmed, room, f"{ARABIC} " * 30))
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#rows .message").last).to_be_in_viewport()
