"""Numbers and text that no database accepts, in every field of every frame."""

import json
from uuid import uuid4

import pytest

from chat.live.db_threads import run
from chat.protocol import client_frames
from tests.chat.factories import post_message

VALUES = (0, -1, 2**31, 2**63 - 1, 2**63, 10**20, 1.5, "a", "\x00", "x" * 60_000, [], None)


@pytest.mark.parametrize("kind", client_frames.FIELDS)
async def test_no_value_in_a_frame_makes_the_server_fail(connect, alice, general, kind):
    socket = await connect(alice)
    message = await run(post_message, alice, general)
    right = {
        "room": general.pk,
        "message": message.pk,
        "client_id": str(uuid4()),
        "body": "Hello",
        "emoji": "👍",
        "on": True,
        "seq": 1,
        "since": 0,
        "reply_to": None,
    }
    fields = {name: value for name, value in right.items() if name in client_frames.FIELDS[kind]}
    for name in fields:
        for value in VALUES:
            await socket.send(kind, **{**fields, name: value})
        await socket.send_text(json.dumps({"type": kind, **fields, name: "\ud800"}))
        for text in ("1" + "0" * 400, "1e400", "NaN", "-Infinity", "[" * 20_000, '"\\ud800"', ""):
            await socket.send_text(f'{{"type": "{kind}", "{name}": {text}}}')
    errors = [frame for frame in await socket.settled() if frame["type"] == "error"]
    assert "unavailable" not in {error["code"] for error in errors}


async def test_a_room_number_beyond_the_column_is_a_bad_frame(connect, alice):
    socket = await connect(alice)
    for number in (2**63, 10**20):
        error = await socket.ask("open", "error", room=number, since=None)
        assert error["code"] == "bad_frame"
    assert (await socket.ask("open", "error", room=2**63 - 1, since=None))["code"] == "forbidden"
