import pytest

from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.models import Message, Room
from chat.protocol import server_frames
from chat.services import editing
from tests.chat.factories import post_message
from tests.chat.socket_posts import post, row_of


async def test_everybody_in_the_room_receives_each_change(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    for socket in (mine, theirs):
        await socket.open(general)
    message = (await post(mine, general))["id"]
    await theirs.next("message")
    for version, (kind, fields) in enumerate(
        [
            ("edit", {"body": "Other words"}),
            ("react", {"emoji": "👍", "on": True}),
            ("react", {"emoji": "👍", "on": False}),
            ("delete", {}),
        ],
        start=2,
    ):
        await mine.send(kind, message=message, **fields)
        frame = await theirs.next("message")
        assert (frame["id"], frame["seq"], frame["version"]) == (message, 1, version)
        assert frame["deleted"] == (kind == "delete")
        assert frame["html"] == await row_of(message)
    versions = [(await mine.next("message"))["version"] for _ in range(4)]
    assert versions[-1] >= 4


async def test_a_change_in_a_room_that_is_not_open_is_answered(connect, url, alice, general):
    socket = await connect(alice, url)
    message = (await post(socket, general))["id"]
    changed = await socket.ask("edit", "message", message=message, body="Other words")
    assert (changed["id"], changed["version"]) == (message, 2)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("edit", {"body": "Hello"}),
        ("react", {"emoji": "👍", "on": True}),
        ("react", {"emoji": "🎉", "on": False}),
    ],
)
async def test_a_change_without_effect_is_answered_to_its_sender_only(
    connect, url, alice, bob, general, kind, fields
):
    message = await run(post_message, alice, general)
    await run(editing.react, alice, message.pk, "👍", True)
    mine, theirs = await connect(alice, url), await connect(bob, url, "?format=json")
    for socket in (mine, theirs):
        await socket.open(general)
    same = await mine.ask(kind, "message", message=message.pk, **fields)
    assert (same["id"], same["seq"], same["version"]) == (message.pk, 1, 2)
    assert same["html"] == await row_of(message.pk)
    await post(mine, general)
    assert (await theirs.next("message"))["version"] == 3


async def test_a_second_deletion_is_answered(connect, url, alice, general):
    message = await run(post_message, alice, general)
    await run(editing.delete, alice, message.pk)
    socket = await connect(alice, url)
    await socket.open(general)
    same = await socket.ask("delete", "message", message=message.pk)
    assert (same["deleted"], same["version"]) == (True, 2)


async def test_an_answer_does_not_overtake_the_change_that_it_repeats(
    connect, alice, bob, general, monkeypatch
):
    """Another process published a change that has not arrived here yet."""
    socket = await connect(alice)
    await socket.open(general)
    message = await run(post_message, alice, general)
    await socket.next("message")
    await stop_catching_up(running_hub().heartbeat, monkeypatch)
    edited = await run(edit_without_event, message, "Other words")
    await socket.send("edit", message=message.pk, body="Other words")
    assert not [frame for frame in await socket.settled() if frame["type"] == "message"]
    change = server_frames.change(edited)
    running_hub().dispatch({"kind": "changes", "room": general.pk, "changes": [change]})
    versions = [f["version"] for f in await socket.settled() if f["type"] == "message"]
    assert versions == [2]


async def stop_catching_up(heartbeat, monkeypatch) -> None:
    """On a slow machine, the hub would read the change from the database in the middle of the
    test: it catches up when it has subscribed."""
    monkeypatch.setattr(heartbeat, "catch_up", lambda: None)
    if heartbeat.catching_up is not None:
        await heartbeat.catching_up


def edit_without_event(message: Message, body: str) -> Message:
    Message.objects.filter(pk=message.pk).update(body=body, version=2)
    Room.objects.filter(pk=message.room_id).update(head=2)
    return Message.objects.select_related("author").get(pk=message.pk)


@pytest.mark.parametrize("kind", ["edit", "delete", "react"])
async def test_changing_an_invisible_message_is_forbidden(connect, url, alice, bob, den, kind):
    message = await run(post_message, alice, den, "Secret")
    socket = await connect(bob, url)
    fields = {"body": "Mine", "emoji": "👍", "on": True}
    answer = await socket.ask(kind, "error", message=message.pk, **fields)
    assert answer["code"] == "forbidden"
    assert answer["message"] == message.pk
    assert "Secret" not in str(answer)
