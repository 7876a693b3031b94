import json
from uuid import uuid4

import pytest
from django.db import connection

from chat.live.db_threads import run, run_in_writer
from chat.models import Message

CLIENT_ID = str(uuid4())
ID_MAX = 2**63 - 1
BAD = {
    "not JSON": "hi",
    "incomplete JSON": '{"type":',
    "not an object": '["ping"]',
    "without a type": '{"room":7}',
    "an unknown type": '{"type":"hello"}',
    "a type that is not text": '{"type":{}}',
    "a missing field": '{"type":"open"}',
    "text for a number": '{"type":"open","room":"7"}',
    "true for a number": '{"type":"open","room":true}',
    "a number that is too large": '{"type":"open","room":9223372036854775808}',
    "not a UUID": '{"type":"post","room":7,"client_id":"7","body":"hi"}',
    "half of a surrogate pair": '{"type":"edit","message":7,"body":"\\ud800"}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
async def test_a_bad_frame_is_answered_and_the_socket_stays_open(connect, url, alice, text):
    socket = await connect(alice, url)
    await socket.send_text(text)
    answer = await socket.next("error")
    assert answer["code"] == "bad_frame"
    assert answer["detail"].endswith(".")
    await socket.settled()


async def test_a_binary_frame_is_refused(connect, url, alice):
    socket = await connect(alice, url)
    await socket.send_bytes(b'{"type":"ping"}')
    assert (await socket.next("error"))["code"] == "bad_frame"
    await socket.settled()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("open", {"since": 0}),
        ("post", {"client_id": CLIENT_ID, "body": "hi"}),
        ("typing", {}),
        ("read", {"seq": 1}),
    ],
)
@pytest.mark.parametrize("foreign", [True, False])
async def test_a_foreign_or_missing_room_is_forbidden(
    connect, url, bob, den, kind, fields, foreign
):
    socket = await connect(bob, url)
    room_id = den.pk if foreign else ID_MAX
    answer = await socket.ask(kind, "error", room=room_id, **fields)
    assert (answer["code"], answer["room"]) == ("forbidden", room_id)
    assert answer.get("client_id") == fields.get("client_id")
    assert "Den" not in str(answer)
    assert not await run(Message.objects.exists)


@pytest.mark.parametrize("kind", ["edit", "delete", "react"])
async def test_a_missing_message_is_forbidden(connect, url, alice, kind):
    socket = await connect(alice, url)
    answer = await socket.ask(kind, "error", message=ID_MAX, body="hi", emoji="👍", on=True)
    assert (answer["code"], answer["message"]) == ("forbidden", ID_MAX)


@pytest.mark.parametrize(
    ("body", "code"), [("x" * 4001, "too_long"), ("", "bad_frame"), (" \n", "bad_frame"),
                       ("a\x00", "bad_frame")]
)  # fmt: skip
async def test_an_invalid_body_is_refused(connect, url, alice, general, body, code):
    socket = await connect(alice, url)
    fields = {"room": general.pk, "client_id": str(uuid4()), "body": body}
    answer = await socket.ask("post", "error", **fields)
    assert (answer["code"], answer["client_id"]) == (code, fields["client_id"])
    await socket.ask("post", "posted", **{**fields, "body": "Hello"})


async def test_a_reaction_that_is_not_an_emoji_is_refused(connect, url, alice, general):
    socket = await connect(alice, url)
    fields = {"room": general.pk, "client_id": str(uuid4()), "body": "Hello"}
    message = (await socket.ask("post", "posted", **fields))["id"]
    answer = await socket.ask("react", "error", message=message, emoji="<b>", on=True)
    assert (answer["code"], answer["message"]) == ("bad_frame", message)


async def test_a_frame_over_64_kib_closes_the_socket(connect, server, alice):
    socket = await connect(alice, server)
    await socket.send_text(json.dumps({"type": "ping", "padding": "x" * 64 * 1024}))
    assert await socket.closed() == 1009


async def test_a_frame_over_64_kib_that_the_server_accepts_is_refused(connect, alice):
    socket = await connect(alice)
    await socket.send_text(json.dumps({"type": "ping", "padding": "x" * 64 * 1024}))
    assert (await socket.next("error"))["code"] == "too_long"


async def test_closing_a_room_that_is_not_open_is_not_an_error(connect, url, alice):
    socket = await connect(alice, url)
    await socket.send("close", room=ID_MAX)
    assert not [frame for frame in await socket.settled() if frame["type"] == "error"]


def refuse_writes() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("SET default_transaction_read_only = on")


async def test_a_post_is_written_at_the_second_attempt_if_the_database_refuses_the_first(
    connect, alice, general
):
    """The writer reconnects before the second attempt."""
    socket = await connect(alice)
    await socket.ask("post", "posted", room=general.pk, client_id=str(uuid4()), body="Hello")
    await run_in_writer(refuse_writes)
    fields = {"room": general.pk, "client_id": str(uuid4()), "body": "Hello"}
    answer = await socket.ask("post", "error", **fields)
    assert (answer["code"], answer["client_id"]) == ("unavailable", fields["client_id"])
    await socket.ask("post", "posted", **fields)
