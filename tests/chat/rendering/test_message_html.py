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


def test_a_row_has_the_fields_of_its_message(alice, bob, general):
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


def test_a_row_shows_author_time_and_body(alice, general):
    message = post_message(alice, general, "Hello **you**")
    parsed = row(message)
    assert "Hello you" in parsed.text
    assert "Alice" in parsed.text
    assert {"class": "when", "href": f"/rooms/{general.pk}/?at=1"} in parsed.named("a")
    assert "edited" not in parsed.text
    assert not parsed.open


def test_an_edited_message_is_marked(alice, general):
    message = editing.edit(alice, post_message(alice, general).pk, "Other words")
    assert {"class": "edited"} in row(message).named("span")


def test_a_name_is_escaped(mallory, general):
    parsed = row(post_message(mallory, general))
    assert not parsed.named("img")
    assert NAME in parsed.text


def test_a_name_in_a_quote_is_escaped(alice, mallory, general):
    parsed = row(
        post_message(
            alice, general, reply_to=post_message(mallory, general, "<b>bold</b> & *more*")
        )
    )
    assert not parsed.named("img")
    assert f"{NAME} <b>bold</b> & more" in parsed.text
    (answered,) = [link for link in parsed.named("a") if link["class"] == "reply"]
    assert answered["href"] == f"/rooms/{general.pk}/?at=1"


def test_a_quote_of_a_deleted_message_shows_no_text(alice, general):
    answered = post_message(alice, general, "Secret")
    message = post_message(alice, general, reply_to=answered)
    editing.delete(alice, answered.pk)
    parsed = row(message)
    assert "Message deleted" in parsed.text
    assert "Secret" not in parsed.text


def test_a_deleted_message_has_an_empty_row(alice, general):
    message = editing.delete(alice, post_message(alice, general, "Secret").pk)
    parsed = row(message)
    assert parsed.named("article")[0]["class"] == "message deleted"
    assert parsed.named("article")[0]["data-version"] == "2"
    assert parsed.text == "Message by Alice deleted"


def test_a_row_shows_its_reactions(alice, bob, general):
    message = post_message(alice, general)
    for user in (alice, bob):
        editing.react(user, message.pk, "👍", True)
    (button,) = row(message).named("button")
    assert button["data-emoji"] == "👍"
    assert button["data-users"] == f"{alice.pk} {bob.pk}"
    assert "👍 2" in row(message).text


def test_a_body_that_looks_like_a_template_stays_text(alice, general):
    assert "{id} {{x}} %s" in row(post_message(alice, general, "{id} {{x}} %s")).text


def test_a_row_does_not_depend_on_the_reader(alice, general):
    message = post_message(alice, general)
    assert not {"mine", "to-me", "pressed"} & set(row(message).named("article")[0]["class"].split())


@pytest.mark.parametrize(
    ("name", "initial"), [("maria", "M"), ("éva", "É"), ("<b>", "•"), ("🙂", "•"), ("李", "李")]
)
def test_an_avatar_shows_the_initial(django_user_model, general, name, initial):
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


def test_the_preview_of_a_deleted_message_has_no_text(alice, general):
    message = editing.delete(alice, post_message(alice, general, "Secret").pk)
    assert message_html.preview(message, 80) == "Message deleted"


def test_times_are_in_utc():
    assert (
        message_html.stamp(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    )


def test_two_messages_are_two_rows(alice, general):
    messages = [post_message(alice, general), post_message(alice, general)]
    assert len(Parsed("".join(map(message_html.row, messages))).named("article")) == 2
