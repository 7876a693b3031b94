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


async def test_posts_before_the_stop_are_written_and_answered(site, connect, alice, bob, general):
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


async def test_a_handshake_that_ends_after_the_stop_is_refused(site, connect, alice):
    """The connection is accepted before the stop, and its last bytes arrive after it."""
    open_socket = await connect(alice, site.url)  # starts a hub
    session = await run(session_of, alice)
    address = urlsplit(site.url)
    connection = await asyncio.to_thread(socket.create_connection, (address.hostname, address.port))
    connection.settimeout(EXIT_SECONDS)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: sessionid={session}\r\n".encode()
    )
    await open_socket.settled()
    site.webs[0].process.send_signal(signal.SIGTERM)
    await open_socket.next("bye")
    with contextlib.suppress(OSError):
        connection.sendall(b"\r\n")
    answer = await asyncio.to_thread(response_of, connection)
    assert not answer or answer.startswith(b"HTTP/1.1 503")
    assert await asyncio.to_thread(site.webs[0].process.wait, EXIT_SECONDS) == 0


def response_of(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""
