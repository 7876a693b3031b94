import json

from chat.protocol import server_frames
from chat.rendering import message_html
from chat.services import editing
from tests.chat.factories import post_message


def test_message_data_has_all_fields_of_a_message(alice, bob, general):
    answered = post_message(bob, general)
    message = post_message(alice, general, "Ask *@bob*", reply_to=answered)
    editing.react(bob, message.pk, "👍", True)
    message = editing.edit(alice, message.pk, "Ask **@bob**")
    data = json.loads(server_frames.encode(server_frames.message_data(message)))
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
        "parts": [],
        "reply_to": answered.pk,
        "reactions": {"👍": [bob.pk]},
        "created_at": message_html.stamp(message.created_at),
        "edited_at": message_html.stamp(message.edited_at),
        "deleted": False,
    }


def test_message_data_of_a_deleted_message_is_empty(alice, general):
    data = server_frames.message_data(
        editing.delete(alice, post_message(alice, general, "Secret").pk)
    )
    assert (data["body"], data["html"], data["deleted"]) == ("", "", True)


def test_both_formats_of_a_frame_differ_only_in_the_content(alice, general):
    message = post_message(alice, general)
    html, data = (server_frames.message_frame(message, html=html) for html in (True, False))
    assert html.pop("html") == message_html.row(message)
    assert data.pop("data") == server_frames.message_data(message)
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


def test_a_change_has_both_formats_and_the_fields_for_activity(alice, bob, general):
    message = post_message(alice, general, "Ask @bob")
    change = server_frames.change(message)
    assert (change["seq"], change["version"], change["author"]) == (1, 1, alice.pk)
    assert (change["name"], change["preview"], change["mentions"]) == (
        "Alice",
        "Ask @bob",
        [bob.pk],
    )
    assert json.loads(change["html"]) == server_frames.message_frame(message, html=True)
    assert json.loads(change["json"]) == json.loads(
        server_frames.encode(server_frames.message_frame(message, html=False))
    )


def test_only_a_new_message_has_a_preview(alice, general):
    message = editing.edit(alice, post_message(alice, general).pk, "Other words")
    assert server_frames.change(message)["preview"] == ""
