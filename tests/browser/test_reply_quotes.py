"""A quote shows the present text of its message."""

import pytest
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing
from tests.browser.page_actions import click_action, composer, connected, message, send
from tests.chat.factories import post_message

LONG = "Where " + "oh " * 40 + "where?"


@pytest.fixture
def question(alice, general):
    return post_message(alice, general, "The code is 1234")


@pytest.fixture
def answer(bob, general, question):
    return post_message(bob, general, "Thanks", reply_to=question)


@pytest.fixture
def page(url, general, answer, bob, visit):
    return connected(visit(bob, f"{url}/rooms/{general.pk}/"))


def quote(page, text="Thanks"):
    return message(page, text).locator(".reply")


def test_a_quote_of_a_deleted_message_shows_no_text(page, alice, question):
    expect(quote(page)).to_have_text("Alice The code is 1234")
    editing.delete(alice, question.pk)
    expect(quote(page)).to_have_text("Alice Message deleted")
    assert "1234" not in page.content()
    page.reload()
    expect(quote(page)).to_have_text("Alice Message deleted")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Ask **me**\n\n- `<b>`", "Alice Ask me <b>"),
        (LONG, f"Alice {LONG[:99]}…"),
        ("🎉" * 101, f"Alice {'🎉' * 99}…"),
        ("a &amp; b", "Alice a & b"),
        ("שלום", "Alice שלום"),
    ],
)
def test_a_quote_of_an_edited_message_shows_the_new_text(page, alice, question, body, shown):
    expect(quote(page)).to_have_text("Alice The code is 1234")
    editing.edit(alice, question.pk, body)
    expect(quote(page)).to_have_text(shown)
    page.reload()  # the server renders the same text
    expect(quote(page)).to_have_text(shown)


def test_a_quote_of_a_message_that_is_not_on_the_page_is_updated(
    url, page, alice, bob, general, question
):
    for number in range(60):
        post_message(bob, general, f"Filler {number}")
    post_message(bob, general, "Late thanks", reply_to=question)
    page.reload()
    connected(page)
    expect(page.locator(f"#m{question.pk}")).to_have_count(0)
    expect(quote(page, "Late thanks")).to_have_text("Alice The code is 1234")
    editing.delete(alice, question.pk)
    expect(quote(page, "Late thanks")).to_have_text("Alice Message deleted")


def test_a_quote_of_a_message_deleted_while_offline_is_updated(page, alice, question):
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_be_visible()
    editing.delete(alice, question.pk)
    page.context.set_offline(False)
    expect(quote(page)).to_have_text("Alice Message deleted")


def test_every_quote_of_a_message_is_updated(page, alice, charlie, general, question):
    post_message(alice, general, "One more", reply_to=question)
    post_message(charlie, general, "And more", reply_to=question)
    expect(message(page, "And more")).to_be_visible()
    editing.delete(alice, question.pk)
    expect(page.locator(".reply")).to_have_text(["Alice Message deleted"] * 3)


def test_the_quote_above_the_composer_is_updated(page, alice, question):
    click_action(page, "The code is 1234", "Reply")
    bar = page.locator("#replying")
    expect(bar).to_contain_text("Replying to Alice The code is 1234")
    editing.edit(alice, question.pk, "The code is secret")
    expect(bar).to_contain_text("Replying to Alice The code is secret")
    editing.delete(alice, question.pk)
    expect(bar).to_contain_text("Replying to Alice Message deleted")
    send(page, "Never mind")
    expect(quote(page, "Never mind")).to_have_text("Alice Message deleted")
    assert Message.objects.get(body="Never mind").reply_to_id == question.pk


def test_a_quote_follows_each_version_of_its_message(page, alice, question):
    expect(quote(page)).to_be_visible()
    version = editing.edit(alice, question.pk, "Second").version
    expect(quote(page)).to_have_text("Alice Second")
    assert quote(page).get_attribute("data-version") == str(version)
    editing.edit(alice, question.pk, "Third")
    expect(quote(page)).to_have_text("Alice Third")


def test_the_tooltip_of_a_reaction_disappears_with_its_message(page, alice, bob, question):
    editing.react(bob, question.pk, "👍", True)
    reaction = message(page, "The code is 1234").locator(".reaction")
    reaction.hover()
    expect(page.locator(".tip")).to_have_text("You")
    editing.delete(alice, question.pk)
    expect(page.locator(".tip")).to_be_hidden()
    expect(composer(page)).to_be_visible()
