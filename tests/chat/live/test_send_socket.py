"""Sockets under ASGI servers that only offer `send()`."""

import asyncio
from types import SimpleNamespace

import pytest

from chat.live import connections
from chat.live.connections import BUFFER_MAX_BYTES, STALLED_SECONDS, SendSocket
from chat.protocol.close_codes import TOO_SLOW

ALICE = SimpleNamespace(pk=1)


class Server:
    """A server whose peer reads while `reads` is set."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: dict) -> None:
        await self.reads.wait()
        self.sent.append(message)

    def socket(self) -> SendSocket:
        socket = SendSocket(ALICE, True, {}, self.send)
        self.is_aborted = False
        socket.on_abort = lambda: setattr(self, "is_aborted", True)
        return socket


@pytest.fixture(autouse=True)
def _slow_immediately(monkeypatch):
    monkeypatch.setattr(connections, "SLOW_SECONDS", 0)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_frames_are_sent_in_order():
    server = Server()
    socket = server.socket()
    for payload in (b"1", b"2", b"3"):
        socket.send(payload)
    await turns()
    assert server.sent == [{"type": "websocket.send", "text": text} for text in "123"]
    assert socket.buffered() == 0


async def test_the_close_follows_the_frames():
    server = Server()
    socket = server.socket()
    socket.send(b"1")
    socket.close(4401)
    await turns()
    assert server.sent[1] == {"type": "websocket.close", "code": 4401}


async def test_a_peer_that_does_not_read_is_disconnected_when_the_buffer_is_full():
    server = Server()
    server.reads.clear()
    socket = server.socket()
    payload = b"x" * (BUFFER_MAX_BYTES // 4)
    for _ in range(4):
        socket.send(payload)
        await turns()
    assert not server.is_aborted
    assert socket.buffered() == BUFFER_MAX_BYTES
    socket.send(b"x")
    await turns()
    assert server.is_aborted
    assert socket.buffered() == 0


async def test_a_peer_that_reads_again_receives_the_close_code_for_slow_peers(monkeypatch):
    monkeypatch.setattr(connections, "SLOW_SECONDS", 60)
    server = Server()
    server.reads.clear()
    socket = server.socket()
    for number in range(6):
        socket.send(str(number).encode() * (BUFFER_MAX_BYTES // 4))
        await turns()
    server.reads.set()
    await turns()
    first, close = server.sent
    assert first["text"][0] == "0"  # was being sent; the others were dropped
    assert close == {"type": "websocket.close", "code": TOO_SLOW}
    socket.send(b"later")
    await turns()
    assert len(server.sent) == 2
    assert not server.is_aborted


async def test_a_stalled_peer_is_disconnected():
    server = Server()
    server.reads.clear()
    socket = server.socket()
    socket.send(b"hello")
    await turns()
    socket.close_if_stalled(now=100)
    socket.close_if_stalled(now=100 + STALLED_SECONDS)
    assert not server.is_aborted
    socket.close_if_stalled(now=101 + STALLED_SECONDS)
    await turns()
    assert server.is_aborted


async def test_a_peer_that_makes_progress_stays_connected():
    server = Server()
    server.reads.clear()
    socket = server.socket()
    socket.send(b"hello")
    socket.send(b"you")
    await turns()
    socket.close_if_stalled(now=100)
    server.reads.set()
    await turns()
    socket.close_if_stalled(now=110)
    server.reads.clear()
    socket.send(b"again")
    for now in (115, 100 + STALLED_SECONDS + 5, 110 + STALLED_SECONDS):
        socket.close_if_stalled(now)
    assert not server.is_aborted


async def test_sending_to_a_closed_connection_raises_nothing():
    async def gone(message: dict) -> None:
        raise ConnectionResetError

    socket = SendSocket(ALICE, True, {}, gone)
    socket.send(b"hello")
    await turns()
    socket.send(b"again")
    await turns()
