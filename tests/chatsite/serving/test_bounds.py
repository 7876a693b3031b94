"""Bounds on heads, bodies, handshakes and connections of a peer, and on their speed."""

import asyncio
import contextlib
import http.client
from dataclasses import dataclass

import pytest
import uvicorn
from django.conf import settings

from chatsite.serving.bounds import Bounds
from chatsite.serving.http_protocol import BoundedHttpProtocol
from chatsite.serving.sync_pages import read_body
from chatsite.serving.websocket_protocol import DirectProtocol
from tests.site import Site
from tests.waiting import until

SHORT = Bounds(
    head_seconds=0.3, body_seconds=0.6, write_seconds=0.3, linger_seconds=0.1, connections=20
)
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
GET = HEAD + b"\r\n"
HANDSHAKE = HEAD + (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SECONDS = 10


async def application(scope, receive, send):
    """Returns the length of the body; at the path /much, more than any buffer can store."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    body = await read_body(receive)
    if body is None:
        return
    response = b"x" * 50_000_000 if scope["path"] == "/much" else b"%d bytes" % len(body)
    headers = [(b"content-length", b"%d" % len(response))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": response})


@dataclass
class Server:
    port: int
    state: object

    @contextlib.asynccontextmanager
    async def connection(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def response_to(self, *parts: bytes, every: float = 0) -> bytes:
        """Returns everything that arrives until the server closes the connection."""
        async with asyncio.timeout(SECONDS), self.connection() as (reader, writer):
            sending = asyncio.ensure_future(send_parts(writer, parts, every))
            try:
                return await reader.read()
            finally:
                sending.cancel()


async def send_parts(writer, parts, every: float) -> None:
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)


@pytest.fixture
async def server():
    config = uvicorn.Config(
        application,
        port=0,
        http=BoundedHttpProtocol.with_bounds(SHORT),
        ws=DirectProtocol,
        lifespan="off",
        log_level="error",
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield Server(server.servers[0].sockets[0].getsockname()[1], server.server_state)
    server.should_exit = True
    await serving


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X: " + b"x" * 17_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 100) for number in range(200)) + b"\r\n",
        b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\n\r\n",
        HANDSHAKE + b"Cookie: " + b"x" * 17_000 + b"\r\n\r\n",
        HEAD + b"X" * 17_000 + b": x\r\n\r\n",
        b"\r\n" * 10_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"X: x\r\n" * 3000,
    ],
    ids=["value", "many", "address", "handshake", "name", "empty lines", "trailers"],
)
async def test_a_head_that_is_too_long_is_refused(server, head):
    assert status_of(await server.response_to(head)) == 431


async def test_an_endless_head_is_refused_before_it_is_stored(server):
    endless = (HEAD, b"X: ", *[b"x" * 1_000_000] * 20)
    assert status_of(await server.response_to(*endless)) == 431


async def test_a_handshake_with_an_invalid_line_gets_a_response(server):
    line = b"Cookie: " + b"x" * 9_000 + b"\r\n"
    assert status_of(await server.response_to(HANDSHAKE + line + b"\r\n")) == 431


async def test_a_head_of_sixteen_kilobytes_is_served(server):
    head = HEAD + b"Connection: close\r\nX: " + b"x" * 16_000 + b"\r\n\r\n"
    assert (await server.response_to(head)).endswith(b"0 bytes")


@pytest.mark.parametrize("head", [HEAD, HANDSHAKE, b"GET", b"\r\n", HEAD + b"X: x"])
async def test_an_incomplete_head_is_refused_in_time(server, head):
    assert status_of(await server.response_to(head)) == 408


async def test_single_bytes_do_not_keep_a_connection_open(server):
    drops = [b"x"] * 1000
    assert status_of(await server.response_to(HEAD + b"X: ", *drops, every=0.1)) == 408


async def test_a_silent_connection_is_closed(server):
    assert await server.response_to() == b""


async def test_the_next_request_of_a_connection_has_the_same_time(server):
    response = await server.response_to(GET, HEAD, every=0.1)
    assert response.count(b"HTTP/1.1") == 2
    assert b"408 Request Timeout" in response


@pytest.mark.parametrize("after", [b"", b"\r\n"], ids=["nothing", "an empty line"])
async def test_an_unused_connection_is_closed(server, after):
    assert (await server.response_to(GET, after, every=0.1)).count(b"200 OK") == 1


async def test_half_a_body_is_refused(server):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    assert status_of(await server.response_to(head + b"half")) == 408


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
async def test_a_body_that_trickles_is_refused(server, framing):
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode()
    drop = b"1\r\nx\r\n" if "chunked" in framing else b"x"
    assert status_of(await server.response_to(head, *[drop] * 1000, every=0.05)) == 408


async def test_a_slow_body_that_makes_progress_is_served(server):
    part = b"x" * 200
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    response = await server.response_to(head % (len(part) * 8), *[part] * 8, every=0.1)
    assert response.endswith(b"1600 bytes")


async def test_the_rest_of_a_body_is_not_awaited_after_the_response(server):
    much = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 100_000
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n"
    parts = [head, b"x" * much, *[b"x" * 10_000] * 1000]
    assert status_of(await server.response_to(*parts, every=0.05)) == 200


async def test_a_peer_that_does_not_read_its_response_is_dropped(server):
    async with asyncio.timeout(SECONDS), server.connection() as (_, writer):
        writer.write(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: server.state.connections)
        await until(lambda: not server.state.connections)


async def test_a_peer_that_reads_slowly_gets_its_response(server):
    async with asyncio.timeout(SECONDS), server.connection() as (reader, writer):
        request = b"GET /much HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(request)
        received = 0
        while part := await reader.read(2_000_000):
            received += len(part)
            await asyncio.sleep(0.02)
        assert received > 50_000_000


async def test_more_connections_than_allowed_are_refused(server):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(SHORT.connections):
            _, writer = await stack.enter_async_context(server.connection())
            writer.write(HANDSHAKE + b"\r\n")
        await until(lambda: len(server.state.connections) == SHORT.connections)
        response = await server.response_to(GET)
        assert status_of(response) == 503
        assert b"retry-after" in response.lower()
    await until(lambda: not server.state.connections)
    assert status_of(await server.response_to(GET)) == 200


async def test_other_protocols_are_refused(server):
    assert status_of(await server.response_to(b"\x16\x03\x01 hello\r\n\r\n")) == 400


@pytest.mark.django_db(transaction=True)
def test_the_site_uses_the_maximum_of_connections():
    with Site(MAX_CONNECTIONS="1") as site:
        host, port = "127.0.0.1", site.webs[0].port
        first, second = (http.client.HTTPConnection(host, port, timeout=SECONDS) for _ in range(2))
        first.request("GET", "/healthz")
        assert first.getresponse().status == 200
        second.request("GET", "/healthz")
        assert second.getresponse().status == 503
