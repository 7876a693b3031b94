"""The server's memory: it is freed when a socket closes, without the garbage collector."""

import asyncio
import gc
import weakref

import pytest
import uvicorn
import websockets
from uvicorn.server import ServerState

from chatsite.serving import gc_freeze
from chatsite.serving.gc_freeze import FREEZE_EVERY_CONNECTIONS, UNFREEZE_EVERY_FREEZES, GcFreezer
from chatsite.serving.websocket_protocol import DirectProtocol
from tests.waiting import until


@pytest.fixture
def no_collections():
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.fixture
async def server():
    """Returns a server with its `url`, and `protocols`, the ones that are in memory."""

    async def application(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": "heard"})

    config = uvicorn.Config(application, ws_per_message_deflate=False, lifespan="off")
    config.load()
    protocols = weakref.WeakSet()

    def protocol():
        made = DirectProtocol(config, ServerState(), {})
        protocols.add(made)
        return made

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    server.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.protocols = protocols
    yield server
    server.close()


async def test_a_socket_that_closes_is_freed_immediately(server, no_collections):
    async with websockets.connect(server.url) as socket:
        await socket.send("Hello")
        assert await socket.recv() == "heard"
        assert len(server.protocols) == 1
    await until(lambda: not server.protocols)


async def test_a_socket_that_disconnects_is_freed_immediately(server, no_collections):
    socket = await websockets.connect(server.url)
    socket.transport.abort()
    await until(lambda: not server.protocols)


@pytest.mark.parametrize("request_", [b"", b"GET / HTTP/1.1\r\n", b"nonsense\r\n\r\n"])
async def test_a_plain_request_is_freed_immediately(server, no_collections, request_):
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(request_)
    await writer.drain()
    writer.close()
    await until(lambda: not server.protocols)


async def test_a_writer_without_its_socket_writes_nothing(server):
    socket = await websockets.connect(server.url)
    [protocol] = server.protocols
    socket.transport.abort()
    await until(lambda: protocol.is_lost and protocol.has_response)
    assert protocol.write(b"late") == protocol.buffered() == 0
    protocol.close(4401)


def test_long_lived_objects_are_frozen_as_connections_open(no_collections):
    kept = GcFreezer()
    kept.update(0)
    first = gc.get_freeze_count()
    some = [[] for _ in range(1000)]
    kept.update(FREEZE_EVERY_CONNECTIONS - 1)
    assert gc.get_freeze_count() <= first
    kept.update(FREEZE_EVERY_CONNECTIONS)
    assert gc.get_freeze_count() >= first + len(some)


def test_new_connections_count_from_the_lowest_number(no_collections):
    kept = GcFreezer()
    kept.update(1000)
    kept.update(10)
    first, some = gc.get_freeze_count(), [[] for _ in range(1000)]
    kept.update(10 + FREEZE_EVERY_CONNECTIONS)
    assert gc.get_freeze_count() >= first + len(some)


def test_everything_is_unfrozen_at_times(no_collections, monkeypatch):
    class Node:
        pass

    monkeypatch.setattr(gc_freeze, "UNFREEZE_EVERY_FREEZES", 3)
    assert UNFREEZE_EVERY_FREEZES > 3
    kept, node = GcFreezer(), Node()
    node.itself, seen = node, weakref.ref(node)
    kept.update(0)
    del node
    kept.update(FREEZE_EVERY_CONNECTIONS)
    assert seen() is not None
    kept.update(2 * FREEZE_EVERY_CONNECTIONS)
    assert seen() is None
