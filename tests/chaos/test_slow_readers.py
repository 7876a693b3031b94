"""Sockets that nobody reads from are cut off, and nobody else waits for them."""

import asyncio
import base64
import os
import socket
from urllib.parse import urlsplit

import pytest
import websockets
from asgiref.sync import sync_to_async

from tests.chaos.conftest import member
from tests.chaos.events import Origin
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)

READERS, STALLED = 198, 2
MESSAGES, SIZE = 40, 60_000


@pytest.fixture
def one_web(transactional_db):
    with Site() as site:
        yield site


def stalled(url: str, session: str, room_id: int) -> socket.socket:
    """Shakes hands, opens the room, and never reads again."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
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


async def reader(url: str, session: str, room_id: int, came: asyncio.Semaphore) -> int:
    """How many messages came; each is noted in `came`, and so is that the room is open."""
    headers = {"Cookie": f"sessionid={session}"}
    where = url.replace("http", "ws") + "/ws/?format=json"
    async with websockets.connect(where, additional_headers=headers, max_queue=None) as connection:
        await connection.send(f'{{"type":"open","room":{room_id}}}')
        heard = 0
        async for frame in connection:
            is_message = '"type":"message"' in frame
            if is_message or '"type":"opened"' in frame:
                came.release()
            heard += is_message
            if heard == MESSAGES:
                return heard
    raise AssertionError(f"cut off after {heard} messages")


async def test_two_among_two_hundred(one_web, general):
    session = await sync_to_async(member)("reader", general)
    slow_session = await sync_to_async(member)("slow", general)
    came = asyncio.Semaphore(0)
    readers = [
        asyncio.create_task(reader(one_web.url, session, general.pk, came)) for _ in range(READERS)
    ]
    await everybody(came)
    slow = [
        await asyncio.to_thread(stalled, one_web.url, slow_session, general.pk)
        for _ in range(STALLED)
    ]
    origin = Origin(general.pk, head=0)
    for _ in range(MESSAGES):
        await origin.publish(SIZE)
        await everybody(came)  # in step: on a busy machine these readers are slow themselves
    assert await asyncio.gather(*readers) == [MESSAGES] * READERS
    for connection in slow:
        connection.settimeout(20)
        assert await asyncio.to_thread(until_cut_off, connection) < MESSAGES * SIZE


async def everybody(came: asyncio.Semaphore) -> None:
    async with asyncio.timeout(30):
        for _ in range(READERS):
            await came.acquire()


def until_cut_off(connection: socket.socket) -> int:
    """How many bytes still came before the server broke the connection off."""
    came = 0
    try:
        while data := connection.recv(65536):
            came += len(data)
    except ConnectionResetError:
        pass
    return came


async def test_somebody_cut_off_comes_back_and_catches_up(one_web, crowd, general):
    async with crowd(one_web, 2) as (first, second):
        await first.socket.close()
        for number in range(5):
            await second.post(f"number {number}")
        await second.until(lambda: not second.outbox and second.known == 5)
        await first.until(lambda: first.connections == 2 and first.known == 5)
        assert first.messages == second.messages
