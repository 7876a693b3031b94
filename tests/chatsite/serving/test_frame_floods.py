"""Floods of frames that are not whole messages: the application does not see them, so the server
counts them."""

import asyncio
import contextlib
import os
import struct

import pytest
import uvicorn
import websockets

from chatsite.serving.http_protocol import BoundedHttpProtocol
from chatsite.serving.websocket_protocol import (
    CONTROL_FRAMES_MAX,
    FLOODED,
    QUEUED_MESSAGES_MAX,
    DirectProtocol,
)

SECONDS = 10
TEXT, PING, PONG, MORE, END = 0x81, 0x89, 0x8A, 0x00, 0x80
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ACCEPTED = b"HTTP/1.1 101"


async def application(scope, receive, send):
    """Sends the length of each message. At the path /slow the handshake is never accepted."""
    await receive()
    if scope["path"] == "/slow":
        await receive()
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message["text"]))})


@pytest.fixture
async def port():
    config = uvicorn.Config(
        application, port=0, http=BoundedHttpProtocol, ws=DirectProtocol, lifespan="off",
        log_level="error", ws_per_message_deflate=False, loop="uvloop",
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server notifies nobody
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


def frame(first: int, payload: bytes = b"") -> bytes:
    return struct.pack("!BB4x", first, 0x80 | len(payload)) + payload


FLOODS = {
    "pings": [frame(PING)],
    "long pings": [frame(PING, b"x" * 125)],
    "pongs": [frame(PONG)],
    "empty parts": [frame(0x01), frame(MORE)],
    "empty parts of bytes": [frame(0x02), frame(MORE)],
    "messages and pings": [b"", frame(PING) + frame(TEXT, b"x")],
}


async def send_without_end(writer, first: bytes, again: bytes) -> None:
    writer.write(first)
    while True:
        writer.write(again * 1000)
        await writer.drain()


@pytest.mark.parametrize("path", [b"/", b"/slow"])
@pytest.mark.parametrize("frames", FLOODS.values(), ids=FLOODS.keys())
async def test_an_endless_flood_is_aborted(port, frames, path):
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE.replace(b"/", path, 1))
    async with asyncio.timeout(SECONDS):
        with pytest.raises(ConnectionError):
            await send_without_end(writer, b"".join(frames[:-1]), frames[-1])
    writer.close()


@pytest.mark.parametrize(
    "frames",
    [
        frame(PING) * (CONTROL_FRAMES_MAX + 1),
        frame(PONG) * (CONTROL_FRAMES_MAX + 1),
        frame(0x01) + frame(MORE) * (CONTROL_FRAMES_MAX + 1),
        frame(TEXT) * (QUEUED_MESSAGES_MAX + 700),
    ],
    ids=["pings", "pongs", "parts", "messages"],
)
async def test_the_peer_can_read_the_reason(port, frames):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(SECONDS):
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frames)
        received = await reader.read()
    writer.close()
    assert received.endswith(struct.pack("!BBH", 0x88, 2, FLOODED))


async def test_normal_control_frames_are_accepted(port):
    async with asyncio.timeout(SECONDS), websockets.connect(f"ws://127.0.0.1:{port}") as peer:
        for pong in [await peer.ping(os.urandom(4)) for _ in range(200)]:
            await pong
        await peer.send(["x" * 100] * 300)  # in parts
        assert await peer.recv() == "30000"
        for number in range(500):
            await peer.send("x" * number)
        assert [await peer.recv() for _ in range(500)] == [str(number) for number in range(500)]
