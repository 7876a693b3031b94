"""Pages, frames, the API, catch-ups, exports, edits and deletions handle a message with parts."""

import json
from uuid import uuid4

import pytest

from chat.exceptions import Forbidden, Invalid
from chat.live.db_threads import run
from chat.models import Message
from chat.rendering import message_html, parts
from chat.services import editing, exports, history, posting
from chat.storage import private_storage
from tasks.testing import run_all
from tests.chat.factories import post_message
from tests.chat.nested.badges import badge

SHOWN = '<b class="badge-part">gold</b>'


def post(user, room, body="Hello", *names) -> Message:
    found = [badge(name) for name in names or ["gold"]]
    return posting.post(user, room.pk, uuid4(), body, parts=found).message


def data_of(message, *names) -> list[dict]:
    return [{"kind": "badge", "name": name, "of": message.pk} for name in names or ["gold"]]


def test_a_page_shows_the_parts_below_the_body(badges, client, alice, general):
    post(alice, general, "Hello", "silver", "<gold>")
    client.force_login(alice)
    page = client.get(f"/rooms/{general.pk}/").content.decode()
    silver, gold = page.index(">silver</b>"), page.index(">&lt;gold&gt;</b>")
    assert page.index("<p>Hello</p>") < silver < gold


def test_the_parts_of_a_page_are_rendered_in_one_call(badges, client, alice, general):
    for _ in range(7):
        post(alice, general)
    post_message(alice, general)
    badges.renderings.clear()
    client.force_login(alice)
    assert client.get(f"/rooms/{general.pk}/").content.decode().count(SHOWN) == 7
    assert badges.renderings == [7]


def test_the_api_returns_the_parts(badges, client, alice, general):
    message = post(alice, general)
    client.force_login(alice)
    room = f"/api/rooms/{general.pk}"
    (listed,) = client.get(f"{room}/messages").json()["messages"]
    (changed,) = client.get(f"{room}/changes?since=0").json()["changes"]
    assert listed["parts"] == changed["parts"] == data_of(message)


def test_the_api_returns_an_empty_list_without_parts(client, alice, general):
    post_message(alice, general)
    client.force_login(alice)
    (message,) = client.get(f"/api/rooms/{general.pk}/messages").json()["messages"]
    assert message["parts"] == []


@pytest.mark.parametrize("query", ["", "?format=json"])
async def test_a_frame_has_the_parts(badges, connect, alice, bob, general, query):
    socket = await connect(bob, query=query)
    await socket.open(general)
    message = await run(post, alice, general)
    check_frame(await socket.next("message"), message, query)


@pytest.mark.parametrize("query", ["", "?format=json"])
async def test_a_catch_up_has_the_parts(badges, connect, alice, bob, general, query):
    message = await run(post, alice, general)
    socket = await connect(bob, query=query)
    opened = await socket.open(general, since=0)
    check_frame(opened["changes"][0], message, query)


def check_frame(frame, message, query) -> None:
    if query:
        assert frame["data"]["parts"] == data_of(message)
    else:
        assert SHOWN in frame["html"]


def test_an_export_has_the_parts(badges, alice, general):
    message = post(alice, general)
    result = exports.start(alice, general, "General")
    run_all()
    file = json.load(private_storage().open(exports.path_of(result)))
    assert file["messages"][0]["parts"] == data_of(message)


async def test_a_change_of_parts_is_a_change_of_the_message(badges, connect, alice, bob, general):
    socket = await connect(bob)
    await socket.open(general)
    message = await run(post_message, alice, general)
    await socket.next("message")
    await run(editing.change_parts, message.pk, lambda known: [*known, badge("gold")])
    frame = await socket.next("message")
    assert (frame["seq"], frame["version"]) == (message.seq, message.version + 1)
    assert SHOWN in frame["html"]


def test_the_same_parts_change_nothing(badges, alice, general):
    message = post(alice, general)
    same = editing.change_parts(message.pk, list)
    assert (same.was_changed, same.version) == (False, message.version)


def test_a_deleted_message_accepts_no_parts(badges, alice, general):
    message = post(alice, general)
    editing.delete(alice, message.pk)
    for pk in (message.pk, 10**9):
        with pytest.raises(Forbidden):
            editing.change_parts(pk, lambda known: [badge("late")])


def test_an_edit_keeps_the_parts(badges, alice, general):
    message = editing.edit(alice, post(alice, general).pk, "Edited")
    row = message_html.row(message)
    assert "Edited" in row
    assert SHOWN in row


def test_a_deletion_removes_the_parts(badges, alice, general):
    message = editing.delete(alice, post(alice, general).pk)
    assert Message.objects.get(pk=message.pk).parts == []
    assert SHOWN not in message_html.row(message)


def test_a_message_may_have_only_parts(badges, alice, bob, general):
    message = post(alice, general, " \n")
    assert (message.body, message.html) == ("", "")
    assert message_html.preview(message, 80) == "gold"
    answer = posting.post(bob, general.pk, uuid4(), "Yes", message.pk).message
    assert "gold" in message_html.row(answer)


@pytest.mark.parametrize("body", ["", " ", "\n"])
def test_a_message_without_text_and_parts_is_refused(badges, alice, general, body):
    with pytest.raises(Invalid):
        posting.post(alice, general.pk, uuid4(), body)


def test_parts_of_a_removed_app_are_not_shown(alice, general):
    message = post(alice, general, "Hello", "gold")
    assert parts.html(message) == ""
    assert history.page(general).messages == [message]


def test_a_post_sent_again_keeps_its_first_parts(badges, alice, general):
    client_id = uuid4()
    for name in ("gold", "silver"):
        found = posting.post(alice, general.pk, client_id, "Hello", parts=[badge(name)]).message
    assert parts.data(found) == data_of(found)
