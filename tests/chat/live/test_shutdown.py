import asyncio
import base64
import contextlib
import os
import signal
import socket
from urllib.parse import urlsplit
from uuid import uuid4

from chat.live.db_threads import run
from chat.models import Message
from tests.site import session_of

EXIT_SECONDS = 5


async def test_what_was_posted_is_written_and_answered(site, connect, alice, bob, general):
    mine, theirs = await connect(alice, site.url), await connect(bob, site.url)
    for _ in range(300):
        await mine.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    first = await mine.next("posted")
    web = site.webs[0]
    web.process.terminate()
    frames = [first]
    while (frame := await mine.receive()) is not None:
        frames.append(frame)
    assert {"type": "bye", "reason": "restart"} in frames
    answered = {frame["client_id"] for frame in frames if frame["type"] == "posted"}
    written = await run(list, Message.objects.values_list("client_id", flat=True))
    assert answered == set(map(str, written))
    assert (await theirs.next("bye"))["reason"] == "restart"
    assert [await open_socket.closed() for open_socket in (mine, theirs)] == [1012, 1012]
    assert await asyncio.to_thread(web.process.wait, EXIT_SECONDS) == 0


async def test_a_handshake_held_until_the_process_stops(site, connect, alice):
    """Its connection is accepted before the stop, and its last bytes come after."""
    open_socket = await connect(alice, site.url)  # so that there is a hub to stop
    session = await run(session_of, alice)
    address = urlsplit(site.url)
    held = await asyncio.to_thread(socket.create_connection, (address.hostname, address.port))
    held.settimeout(EXIT_SECONDS)
    key = base64.b64encode(os.urandom(16)).decode()
    held.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: sessionid={session}\r\n".encode()
    )
    await open_socket.settled()
    site.webs[0].process.send_signal(signal.SIGTERM)
    await open_socket.next("bye")
    with contextlib.suppress(OSError):
        held.sendall(b"\r\n")
    answer = await asyncio.to_thread(answer_of, held)
    assert not answer or answer.startswith(b"HTTP/1.1 503")
    assert await asyncio.to_thread(site.webs[0].process.wait, EXIT_SECONDS) == 0


def answer_of(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""
