"""The server disconnects clients that do not read, and other clients do not wait for them."""

import asyncio
import base64
import json
import os
import socket
import struct
import sys
from urllib.parse import urlsplit

import pytest
import websockets
from asgiref.sync import sync_to_async

from chat.protocol.close_codes import TOO_SLOW
from tests.chaos.conftest import add_member
from tests.chaos.other_process import Origin
from tests.site import SERVER, Site, Web

pytestmark = pytest.mark.django_db(transaction=True)

READERS, STALLED = 198, 2
MESSAGES, SIZE = 40, 60_000


@pytest.fixture
def one_web(transactional_db):
    with Site(SOCKETS_PER_PERSON="0") as site:
        yield site


def connect_without_reading(
    url: str, session: str, room_id: int, buffer: int = 65536
) -> socket.socket:
    """Returns a connection that opened the room and is never read again."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: sessionid={session}\r\n\r\n".encode()
    )
    assert connection.recv(12) == b"HTTP/1.1 101"
    frame = f'{{"type":"open","room":{room_id}}}'.encode()
    connection.sendall(bytes([0x81, 0x80 | len(frame)]) + bytes(4) + frame)
    return connection


async def read_messages(
    url: str, session: str, room_id: int, came: asyncio.Semaphore, messages: int = MESSAGES
) -> int:
    """Returns the number of messages. Releases `came` for each message and for the opened room."""
    headers = {"Cookie": f"sessionid={session}"}
    where = url.replace("http", "ws") + "/ws/?format=json"
    async with websockets.connect(where, additional_headers=headers, max_queue=None) as connection:
        await connection.send(f'{{"type":"open","room":{room_id}}}')
        received = 0
        async for frame in connection:
            is_message = '"type":"message"' in frame
            if is_message or '"type":"opened"' in frame:
                came.release()
            received += is_message
            if received == messages:
                return received
    raise AssertionError(f"disconnected after {received} messages")


async def test_two_slow_clients_do_not_delay_two_hundred(one_web, general):
    session = await sync_to_async(add_member)("reader", general)
    slow_session = await sync_to_async(add_member)("slow", general)
    came = asyncio.Semaphore(0)
    readers = [
        asyncio.create_task(read_messages(one_web.url, session, general.pk, came))
        for _ in range(READERS)
    ]
    await wait_for_all(came)
    slow = [
        await asyncio.to_thread(connect_without_reading, one_web.url, slow_session, general.pk)
        for _ in range(STALLED)
    ]
    origin = Origin(general.pk, head=0)
    for _ in range(MESSAGES):
        await origin.publish(SIZE)
        await wait_for_all(came)  # waits, as these readers are slow too on a busy machine
    assert await asyncio.gather(*readers) == [MESSAGES] * READERS
    for connection in slow:
        connection.settimeout(20)
        assert await asyncio.to_thread(bytes_until_disconnected, connection) < MESSAGES * SIZE


UVICORN = (sys.executable, "-m", "uvicorn", "--port", "{port}", "--log-level", "warning")
UVICORN += (
    "--ws",
    "websockets-sansio",
    "--ws-ping-interval",
    "600",
    "--lifespan",
    "off",
    "chatsite.asgi:application",
)


@pytest.fixture(params=[SERVER, UVICORN], ids=["direct", "send"])
def web(request, transactional_db):
    web = Web(command=request.param)
    web.start()
    yield web
    web.kill()


async def test_a_slow_client_that_reads_again_receives_the_close_code(web, general):
    session = await sync_to_async(add_member)("slow", general)
    connection = await asyncio.to_thread(connect_without_reading, web.url, session, general.pk)
    came, origin = asyncio.Semaphore(0), Origin(general.pk, head=0)
    other_session = await sync_to_async(add_member)("reader", general)
    other = read_messages(web.url, other_session, general.pk, came, 4 * MESSAGES)
    other = asyncio.create_task(other)
    await came.acquire()
    for _ in range(4 * MESSAGES):  # a kernel buffers megabytes of them
        await origin.publish(SIZE)
        await came.acquire()
    await other  # so the server has written all of them to the slow one too
    frames = await asyncio.to_thread(frames_until_end, connection)
    assert frames[-1] == (0x88, struct.pack("!H", TOO_SLOW))
    assert {opcode for opcode, _ in frames[:-1]} <= {0x81, 0x89}  # whole texts, and pings
    assert sum(len(payload) for _, payload in frames) < 4 * MESSAGES * SIZE
    messages = [json.loads(payload) for opcode, payload in frames if opcode == 0x81]
    versions = [frame["version"] for frame in messages if frame["type"] == "message"]
    assert versions == list(range(1, len(versions) + 1))


def frames_until_end(connection: socket.socket) -> list[tuple[int, bytes]]:
    """Returns (first byte, payload) of each frame. Answers the close frame, as a browser does."""
    connection.settimeout(20)
    stream, frames = connection.makefile("rb"), []
    while (line := stream.readline()) != b"\r\n":
        assert line
    while not frames or frames[-1][0] != 0x88:
        opcode, size = stream.read(2)
        size = int.from_bytes(stream.read({126: 2, 127: 8}[size])) if size > 125 else size
        frames.append((opcode, stream.read(size)))
    connection.sendall(bytes([0x88, 0x82]) + bytes(4) + frames[-1][1])
    assert stream.read() == b""  # and the server ends the connection
    return frames


async def wait_for_all(came: asyncio.Semaphore) -> None:
    async with asyncio.timeout(90):
        for _ in range(READERS):
            await came.acquire()


def bytes_until_disconnected(connection: socket.socket) -> int:
    """Returns the number of bytes that arrived before the server closed the connection."""
    came = 0
    try:
        while data := connection.recv(65536):
            came += len(data)
    except ConnectionResetError:
        pass
    return came


async def test_a_disconnected_client_reconnects_and_catches_up(one_web, crowd, general):
    async with crowd(one_web, 2) as (first, second):
        await first.socket.close()
        for number in range(5):
            await second.post(f"number {number}")
        await second.until(lambda: not second.outbox and second.known == 5)
        await first.until(lambda: first.connections == 2 and first.known == 5)
        assert first.messages == second.messages
