from datetime import UTC, datetime, timedelta, timezone

import pytest

from chat.models import Message
from chat.rendering import message_html
from chat.services import editing
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import Parsed

NAME = '<img src=x onerror="alert(1)">&\''


@pytest.fixture
def mallory(django_user_model):
    return django_user_model.objects.create_user("mallory", name=NAME)


def row(message: Message) -> Parsed:
    loaded = Message.objects.select_related("author", "reply_to__author").get(pk=message.pk)
    return Parsed(message_html.row(loaded))


def test_what_a_row_says_of_itself(alice, bob, general):
    message = post_message(alice, general, "Ask @bob")
    message.created_at = datetime(2026, 11, 21, 15, 3, 5, tzinfo=timezone(timedelta(hours=1)))
    message.save()
    (article,) = row(message).named("article")
    assert article == {
        "class": "message",
        "id": f"m{message.pk}",
        "data-id": str(message.pk),
        "data-seq": "1",
        "data-version": "1",
        "data-author": str(alice.pk),
        "data-client": str(message.client_id),
        "data-time": "2026-11-21T14:03:05Z",
        "data-mentions": str(bob.pk),
        "tabindex": "-1",
    }


def test_who_when_and_what(alice, general):
    message = post_message(alice, general, "Hello **you**")
    parsed = row(message)
    assert "Hello you" in parsed.text
    assert "Alice" in parsed.text
    assert {"class": "when", "href": f"/rooms/{general.pk}/?at=1"} in parsed.named("a")
    assert "edited" not in parsed.text
    assert not parsed.open


def test_an_edited_message_says_so(alice, general):
    message = editing.edit(alice, post_message(alice, general).pk, "Other words")
    assert {"class": "edited"} in row(message).named("span")


def test_a_name_is_text(mallory, general):
    parsed = row(post_message(mallory, general))
    assert not parsed.named("img")
    assert NAME in parsed.text


def test_a_name_is_text_in_an_answer_too(alice, mallory, general):
    parsed = row(
        post_message(
            alice, general, reply_to=post_message(mallory, general, "<b>bold</b> & *more*")
        )
    )
    assert not parsed.named("img")
    assert f"{NAME} <b>bold</b> & more" in parsed.text
    (answered,) = [link for link in parsed.named("a") if link["class"] == "reply"]
    assert answered["href"] == f"/rooms/{general.pk}/?at=1"


def test_an_answer_to_what_is_deleted(alice, general):
    answered = post_message(alice, general, "Secret")
    message = post_message(alice, general, reply_to=answered)
    editing.delete(alice, answered.pk)
    parsed = row(message)
    assert "Message deleted" in parsed.text
    assert "Secret" not in parsed.text


def test_a_tombstone(alice, general):
    message = editing.delete(alice, post_message(alice, general, "Secret").pk)
    parsed = row(message)
    assert parsed.named("article")[0]["class"] == "message deleted"
    assert parsed.named("article")[0]["data-version"] == "2"
    assert parsed.text == "Message by Alice deleted"


def test_reactions(alice, bob, general):
    message = post_message(alice, general)
    for user in (alice, bob):
        editing.react(user, message.pk, "👍", True)
    (button,) = row(message).named("button")
    assert button["data-emoji"] == "👍"
    assert button["data-users"] == f"{alice.pk} {bob.pk}"
    assert "👍 2" in row(message).text


def test_a_body_that_looks_like_a_template(alice, general):
    assert "{id} {{x}} %s" in row(post_message(alice, general, "{id} {{x}} %s")).text


def test_the_same_for_everybody(alice, general):
    message = post_message(alice, general)
    assert not {"mine", "to-me", "pressed"} & set(row(message).named("article")[0]["class"].split())


@pytest.mark.parametrize(
    ("name", "initial"), [("maria", "M"), ("éva", "É"), ("<b>", "•"), ("🙂", "•"), ("李", "李")]
)
def test_an_avatar(django_user_model, general, name, initial):
    user = django_user_model.objects.create_user("user", name=name)
    assert row(post_message(user, general)).text.startswith(initial)


@pytest.mark.parametrize(
    ("body", "preview"),
    [
        ("Hello", "Hello"),
        ("**a** `b` [c](https://example.org)", "a b c"),
        ("one\ntwo\n\n- three", "one two three"),
        ("<b> & \"x\" 'y' &lt;", "<b> & \"x\" 'y' <"),
        ("&amp;lt;", "&lt;"),
        ("a\xa0b", "a b"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
    ],
)
def test_a_preview_is_a_line_of_plain_text(alice, general, body, preview):
    assert (
        message_html.preview(post_message(alice, general, body), 20 if "x" * 9 in body else 80)
        == preview
    )


def test_the_preview_of_a_tombstone(alice, general):
    message = editing.delete(alice, post_message(alice, general, "Secret").pk)
    assert message_html.preview(message, 80) == "Message deleted"


def test_times_are_in_utc():
    assert (
        message_html.stamp(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    )


def test_rows(alice, general):
    messages = [post_message(alice, general), post_message(alice, general)]
    assert len(Parsed("".join(map(message_html.row, messages))).named("article")) == 2
