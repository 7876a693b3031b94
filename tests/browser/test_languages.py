"""The scripts of a page have the words of its language, and rows in frames get them."""

import json
import re

import pytest
from playwright.sync_api import expect

from chat.services import editing
from tests.browser.page_actions import connected, message, sidebar_link
from tests.chat.factories import post_message
from tests.page_texts import english_words

WORDS, ROW_WORDS = "/static/chat/text/words.js", "/static/chat/room/row_words.js"
TRANSLATE = """([lang, catalogue]) => {
  document.documentElement.lang = lang;
  document.getElementById("words")?.remove();
  if (!catalogue) return;
  const words = document.createElement("script");
  Object.assign(words, {id: "words", type: "application/json", textContent: catalogue});
  document.head.append(words);
}"""
NAMES = {"Alice", "Bob", "General", "Garden", "alice", "bob", "charlie", "Linux", "HeadlessChrome"}
CHINESE = re.compile("[\u4e00-\u9fff]")
DAYS = ["{count} day", "{count} days"]
POLISH = {"{count} day": ["{count} dzień", "{count} dni", "{count} dni (many)"]}
DAYS_IN_CHINESE = {"{count} day": ["{count} 天"]}
# An artificial language, so that each word shows that it is not from the frame.
MARKED = {
    text: f"<{text}>"
    for text in (
        "bot",
        "edited",
        "Former member",
        "Message deleted",
        "Today",
        "{count} messages by {0} deleted",
    )
} | {"Message by {name} deleted": "<deleted: {name}>"}


@pytest.fixture
def load(visit, url):
    """load(lang, catalogue, **options of the context) returns a page with the module in
    `words`."""

    def load(lang, catalogue=None, **options):
        page = visit(None, f"{url}/accounts/login/", **options)
        page.evaluate(TRANSLATE, [lang, catalogue and json.dumps(catalogue)])
        page.evaluate("async (url) => { window.words = await import(url); }", WORDS)
        return page

    return load


def plurals(page, *numbers):
    script = "([texts, counts]) => counts.map((count) => words.ngettext(...texts, count))"
    return page.evaluate(script, [DAYS, numbers])


def test_values_are_inserted_as_they_are(load):
    page = load("en")
    insert = "([text, values]) => words.gettext(text, values)"
    assert page.evaluate(insert, ["{name}: $&", {"name": "$1 $& {b}", "b": "x"}]) == "$1 $& {b}: $&"
    assert page.evaluate(insert, ["{0} and {1} {2}", ["a", "b"]]) == "a and b {2}"
    assert page.evaluate("words.ngettext('{count} x', '{count} xs', 100, {count: '99+'})") == (
        "99+ xs"
    )
    assert page.evaluate("words.around('by {name}.', 'name')") == ["by ", "."]


@pytest.mark.parametrize(
    ("lang", "catalogue", "texts"),
    [
        ("en", None, ["0 days", "1 day", "2 days", "5 days"]),
        ("zh-Hans", DAYS_IN_CHINESE, ["0 天", "1 天", "2 天", "5 天"]),
        ("pl", POLISH, ["0 dni (many)", "1 dzień", "2 dni", "5 dni (many)"]),
        ("pl", {"{count} day": ["{count} d"]}, ["0 d", "1 d", "2 d", "5 d"]),
        ("pl", {"{count} day": ["{count} d", "", ""]}, ["0 d", "1 d", "2 d", "5 d"]),
        ("pl", {"other": "inne"}, ["0 days", "1 day", "2 days", "5 days"]),
    ],
)
def test_plural_forms(load, lang, catalogue, texts):
    assert plurals(load(lang, catalogue), 0, 1, 2, 5) == texts


@pytest.mark.parametrize(
    ("browser", "lang", "clock"),
    [
        ("en-US", "en", "3:05 PM"),
        ("en-GB", "en", "15:05"),
        ("de-DE", "en", "15:05"),
        ("zh-CN", "zh-Hans", "15:05"),
        ("de-DE", "zh-Hans", "15:05"),
        ("en-US", "zh-Hans", "下午3:05"),
        ("zh-TW", "zh-Hans", "下午3:05"),
    ],
)
def test_times_are_in_the_language_of_the_page_and_as_the_browser_counts_hours(
    load, browser, lang, clock
):
    page = load(lang, locale=browser)
    script = """new Intl.DateTimeFormat(words.locale, {hour: "numeric", minute: "2-digit"})
      .format(new Date(2026, 0, 7, 15, 5))"""
    assert page.evaluate(script).replace("\u202f", " ") == clock
    month = page.evaluate("new Date(2026, 0, 7).toLocaleDateString(words.locale, {month: 'long'})")
    assert month == ("January" if lang == "en" else "一月")


@pytest.fixture
def marked(visit, url, general, alice):
    """The page of alice, in a language whose words are those of MARKED."""
    page = visit(alice, f"{url}/healthz")
    arguments = json.dumps(["zh-Hans", json.dumps(MARKED)])
    # When the page is parsed, before its scripts run.
    page.add_init_script(
        f"document.onreadystatechange = () => {{ document.onreadystatechange = null;"
        f" ({TRANSLATE})({arguments}); }}"
    )
    page.goto(f"{url}/rooms/{general.pk}/")
    return connected(page)


def test_a_row_of_a_frame_has_the_words_of_the_page(marked, general, bob):
    bob.is_bot = True
    bob.save()
    row = message(marked, "one")
    first = post_message(bob, general, "one")
    expect(row.locator("header > .tag")).to_have_text("<bot>")
    editing.edit(bob, first.pk, "edited")
    expect(message(marked, "edited").locator("header > .edited")).to_have_text("<edited>")
    editing.delete(bob, first.pk)
    body = marked.locator("#rows .deleted .body")
    expect(body).to_have_text("<deleted: Bob>")
    expect(body.locator("bdi.author")).to_have_text("Bob")
    expect(marked.locator("#rows .day")).to_have_text("<Today>")


def test_text_of_people_is_not_translated(marked, general, alice, bob):
    bob.name = "edited"
    bob.save()
    first = post_message(bob, general, "bot")
    post_message(alice, general, "Message deleted", first)
    row = message(marked, "Message deleted")
    expect(row.locator(".body")).to_have_text("Message deleted")
    expect(row.locator(".reply")).to_have_text("edited bot")
    expect(message(marked, "bot").locator(".author").first).to_have_text("edited")
    expect(marked.locator("#rows .tag, #rows header > .edited")).to_have_count(0)


def test_former_members_and_quotes_have_the_words_of_the_page(marked, general, alice, bob):
    first = post_message(bob, general, "one")
    second = post_message(alice, general, "two", first)
    quote = message(marked, "two").locator(".reply")
    expect(quote).to_have_text("Bob one")
    editing.delete(bob, first.pk)
    expect(quote).to_have_text("Bob <Message deleted>")
    bob.delete()
    editing.edit(alice, second.pk, "two!")
    quote = message(marked, "two!").locator(".reply")
    expect(quote.locator("b")).to_have_text("<Former member>")


def test_the_quote_of_a_deleted_message_has_a_mark(marked):
    html = '<a class="reply" data-author="2"{}><b>Bob</b> Message deleted</a>'
    texts = marked.evaluate(
        """async ([url, quotes]) => {
          const { translateRow } = await import(url);
          return quotes.map((quote) => {
            const row = document.createElement("article");
            row.innerHTML = quote;
            translateRow(row);
            return row.textContent;
          });
        }""",
        [ROW_WORDS, [html.format(" data-deleted"), html.format("")]],
    )
    assert texts == ["Bob <Message deleted>", "Bob Message deleted"]


def test_translating_a_row_again_changes_nothing(marked, general, bob):
    for number in range(2):
        editing.delete(bob, post_message(bob, general, f"spam {number}").pk)
    expect(marked.locator("#rows .fold")).to_have_text("<2 messages by Bob deleted>")
    rows = "[...document.querySelectorAll('#rows .message')].map((row) => row.outerHTML)"
    before = marked.evaluate(rows)
    marked.evaluate(f"""async () => {{
      const {{ translateRow }} = await import("{ROW_WORDS}");
      document.querySelectorAll("#rows .message").forEach(translateRow);
    }}""")
    assert marked.evaluate(rows) == before


def test_a_page_in_english_keeps_the_words_of_frames(visit, url, general, alice, bob):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    assert page.locator("#words").count() == 0
    editing.delete(bob, post_message(bob, general, "one").pk)
    expect(page.locator("#rows .deleted .body")).to_have_text("Message by Bob deleted")


@pytest.fixture
def chinese(visit, url, general, alice):
    alice.language = "zh-hans"
    alice.save()
    return visit(alice, f"{url}/rooms/{general.pk}/")


# The tests below need the Chinese catalogue.


def test_a_chinese_page_has_chinese_words_in_frames(chinese, general, garden, bob):
    expect(chinese.locator("html")).to_have_attribute("lang", "zh-Hans")
    connected(chinese)
    first = post_message(bob, general, "one")
    editing.edit(bob, first.pk, "two")
    expect(message(chinese, "two").locator(".edited")).to_have_text(CHINESE)
    editing.delete(bob, first.pk)
    expect(chinese.locator("#rows .deleted .body")).to_have_text(CHINESE)
    post_message(bob, garden, "@alice three")
    expect(sidebar_link(chinese, "Garden").locator(".badge")).to_have_text(CHINESE)


def test_scripts_leave_no_english_word_on_a_chinese_page(chinese, url, general, garden, alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    room = f"/rooms/{general.pk}/"
    for path in (room, "/", "/accounts/profile/", "/accounts/devices/", "/admin/auth/group/add/"):
        chinese.goto(url + path)
        chinese.wait_for_load_state("networkidle")
        assert english_words(chinese.content(), NAMES) == set(), path


def test_menus_and_cards_of_a_chinese_room_have_no_english_word(chinese, general, garden, bob):
    connected(chinese)
    post_message(bob, general, "你好")
    message(chinese, "你好").hover()
    for button in chinese.locator("#actions button:visible").all()[:2]:
        button.click()
        chinese.keyboard.press("Escape")
    message(chinese, "你好").locator(".author").click()
    expect(chinese.locator("#profile-card")).to_be_visible()
    chinese.keyboard.press("Escape")
    chinese.keyboard.press("Control+K")
    expect(chinese.locator("#jump-list li").first).to_be_visible()
    assert english_words(chinese.content(), NAMES) == set()


def test_a_loaded_row_and_a_row_of_a_frame_have_the_same_words(chinese, general, bob):
    connected(chinese)
    bob.is_bot = True
    bob.save()
    first, second = post_message(bob, general, "one"), post_message(bob, general, "two")
    editing.edit(bob, second.pk, "three")
    editing.delete(bob, first.pk)
    rows = chinese.locator("#rows")
    expect(message(chinese, "three")).to_be_visible()
    expect(rows.locator(".deleted")).to_have_count(1)
    of_frames = rows.inner_text()
    chinese.reload()
    connected(chinese)
    assert rows.inner_text() == of_frames
