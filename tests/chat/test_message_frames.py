import json

from chat import messages, render, writer
from tests.chat.saying import say


def test_a_message_for_programs(alice, bob, general):
    answered = say(bob, general)
    message = say(alice, general, "Ask *@bob*", reply_to=answered)
    writer.react(bob, message.pk, "👍", True)
    message = writer.edit(alice, message.pk, "Ask **@bob**")
    data = json.loads(messages.encode(messages.data(message)))
    mention = f'<span class="mention" data-user="{bob.pk}">@bob</span>'
    assert data == {
        "id": message.pk,
        "room": general.pk,
        "seq": 2,
        "version": 4,
        "client_id": str(message.client_id),
        "author": {"id": alice.pk, "username": "alice", "name": "Alice", "bot": False},
        "body": "Ask **@bob**",
        "html": f"<p>Ask <strong>{mention}</strong></p>",
        "reply_to": answered.pk,
        "reactions": {"👍": [bob.pk]},
        "created_at": render.stamp(message.created_at),
        "edited_at": render.stamp(message.edited_at),
        "deleted": False,
    }


def test_a_tombstone_for_programs(alice, general):
    data = messages.data(writer.delete(alice, say(alice, general, "Secret").pk))
    assert (data["body"], data["html"], data["deleted"]) == ("", "", True)


def test_a_frame_in_both_formats(alice, general):
    message = say(alice, general)
    html, data = (messages.frame(message, html=html) for html in (True, False))
    assert html.pop("html") == render.row(message)
    assert data.pop("data") == messages.data(message)
    assert html == data
    assert html == {
        "type": "message",
        "room": general.pk,
        "id": message.pk,
        "seq": 1,
        "version": 1,
        "client_id": str(message.client_id),
        "author": alice.pk,
        "deleted": False,
    }


def test_what_the_processes_are_told(alice, bob, general):
    message = say(alice, general, "Ask @bob")
    change = messages.change(message)
    assert (change["seq"], change["version"], change["author"]) == (1, 1, alice.pk)
    assert (change["name"], change["preview"], change["mentions"]) == (
        "Alice",
        "Ask @bob",
        [bob.pk],
    )
    assert json.loads(change["html"]) == messages.frame(message, html=True)
    assert json.loads(change["json"]) == json.loads(
        messages.encode(messages.frame(message, html=False))
    )


def test_only_a_new_message_has_a_preview(alice, general):
    message = writer.edit(alice, say(alice, general).pk, "Other words")
    assert messages.change(message)["preview"] == ""
