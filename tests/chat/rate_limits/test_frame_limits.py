"""Every frame has a limit. The tests read the table of frames, so they cover new frames too."""

import uuid

import pytest
import websockets

from chat import conf, consumers
from chat.protocol.client_frames import FIELDS
from chat.rate_limits.table import LIMITS, Limit
from tests.site import Site

HARMLESS = {"ping", "close"}  # only limited as any frame is
BAD_FRAMES = [
    "{",
    "[]",
    "{}",
    '{"type":"nothing"}',
    '{"type":"post"}',
    '{"type":"open","room":"x"}',
]


def test_every_frame_with_an_effect_has_its_own_limit():
    assert FIELDS.keys() - consumers.FRAME_LIMITS.keys() == HARMLESS


async def test_every_frame_with_an_effect_is_refused_beyond_its_limit(
    connect, alice, general, used_up
):
    socket = await connect(alice)
    used_up(LIMITS.keys() - {"FRAMES_PER_MINUTE"}, user_id=alice.pk)
    LIMITS["FRAMES_PER_MINUTE"] = Limit(6000, 1000)
    values = {"room": general.pk, "message": 1, "seq": 1, "on": True, "emoji": "👍", "body": "hi"}
    for kind in FIELDS.keys() - HARMLESS:
        error = await socket.ask(kind, "error", client_id=str(uuid.uuid4()), since=None, **values)
        assert error["code"] == "rate_limited", kind
        assert error["retry_after"] > 0


async def test_any_frame_counts_against_the_common_limit(
    connect, alice, general, used_up, monkeypatch
):
    monkeypatch.setattr(consumers, "FLOOD_PAUSE_SECONDS", 0)
    socket = await connect(alice)
    used_up(["FRAMES_PER_MINUTE"], user_id=alice.pk)
    for text in [*BAD_FRAMES, *(f'{{"type":"{kind}"}}' for kind in FIELDS)]:
        await socket.send_text(text)
        assert (await socket.next("error"))["code"] == "rate_limited", text
    await socket.send_bytes(b"{}")
    assert (await socket.next("error"))["code"] == "rate_limited"


async def test_bad_frames_are_refused_as_bad_until_the_limit(
    connect, alice, general, monkeypatch, chat_settings
):
    del chat_settings["FRAMES_PER_MINUTE"]
    monkeypatch.setitem(LIMITS, "FRAMES_PER_MINUTE", Limit(0.1, 3))
    monkeypatch.setattr(consumers, "FLOOD_PAUSE_SECONDS", 0)
    socket = await connect(alice)
    codes = []
    for _ in range(5):
        await socket.send_text("{")
        codes.append((await socket.next("error"))["code"])
    assert codes == ["bad_frame"] * 3 + ["rate_limited"] * 2


async def test_the_number_of_sockets_of_a_user_is_limited(
    connect, alice, bob, general, chat_settings
):
    chat_settings["SOCKETS_PER_PERSON"] = 2
    first, _ = await connect(alice), await connect(alice)
    third = await connect(alice)
    assert third.hello["type"] == "error"
    assert third.hello["code"] == "rate_limited"
    assert third.hello["retry_after"] > 0
    assert await third.closed() == 1013
    assert (await connect(bob)).hello["type"] == "hello"
    await first.end()
    assert (await connect(alice)).hello["type"] == "hello"


async def test_a_real_server_limits_the_number_of_sockets(connect, alice, general, server):
    sockets = [await connect(alice, server) for _ in range(conf.DEFAULTS["SOCKETS_PER_PERSON"])]
    assert {socket.hello["type"] for socket in sockets} == {"hello"}
    refused = await connect(alice, server)
    assert refused.hello["code"] == "rate_limited"
    assert await refused.closed() == 1013


async def test_handshakes_of_a_user_are_limited(connect, alice, general, used_up):
    used_up(["HANDSHAKES_PER_MINUTE"], user_id=alice.pk)
    socket = await connect(alice)
    assert socket.hello["code"] == "rate_limited"
    assert await socket.closed() == 1013


async def test_handshakes_of_an_address_are_limited(connect, alice, general, used_up):
    used_up(["HANDSHAKES_PER_MINUTE_PER_ADDRESS"], address="127.0.0.1")
    socket = await connect(alice)
    assert socket.hello is None
    assert socket.close_code == 1013


@pytest.fixture
def strict_server(transactional_db):
    with Site(HANDSHAKES_PER_MINUTE_PER_ADDRESS="1") as site:
        yield site.url


async def test_an_address_gets_429_from_a_server_that_can_refuse(connect, alice, strict_server):
    await connect(alice, strict_server)
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await connect(alice, strict_server)
    assert refusal.value.response.status_code == 429
    assert int(refusal.value.response.headers["Retry-After"]) > 0
