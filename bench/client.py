"""A WebSocket client that takes very little CPU: it only counts bytes."""

import asyncio
import base64
import os
import struct


class Client(asyncio.Protocol):
    """Counts the `bytes` since the handshake. Answers pings."""

    def __init__(self) -> None:
        self.bytes = 0
        self.head = bytearray()
        self.is_open = asyncio.get_running_loop().create_future()
        self.watch = None  # called with each chunk

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.is_open.done():
            self.head += data
            if (end := self.head.find(b"\r\n\r\n")) < 0:
                return
            if not self.head.startswith(b"HTTP/1.1 101"):
                self.is_open.set_exception(OSError(bytes(self.head[:200])))
                return
            self.is_open.set_result(None)
            data = bytes(self.head[end + 4 :])
        if is_ping(data):
            self.transport.write(bytes((0x8A, 0x80 | data[1])) + bytes(4) + data[2:])
            return
        self.bytes += len(data)
        if self.watch is not None:
            self.watch(self, data)

    def connection_lost(self, error) -> None:
        if not self.is_open.done():
            self.is_open.set_exception(error or OSError("closed"))

    def send(self, payload: bytes) -> None:
        self.transport.write(masked(payload))


def is_ping(data: bytes) -> bool:
    """Returns whether the chunk is a ping, which nearly always has a chunk of its own."""
    return len(data) > 1 and data[0] == 0x89 and data[1] == len(data) - 2


def masked(payload: bytes) -> bytes:
    """Returns a text frame with a mask of zeros, which does not change the payload."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, 0x80 | size) + bytes(4) + payload
    return struct.pack("!BBH", 0x81, 0x80 | 126, size) + bytes(4) + payload


async def connect(port: int, cookie: str, format: str = "html") -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, "127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    client.transport.write(
        f"GET /ws/?format={format} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: {cookie}\r\n\r\n".encode()
    )
    await client.is_open
    return client
