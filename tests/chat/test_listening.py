"""The hub's own channel, while Redis is away."""

import asyncio

import pytest

from chat import hub as hubs
from chat import publisher
from chatsite import embedded


@pytest.fixture
def valkey(tmp_path, settings):
    """One of its own, that does not run yet."""
    server = embedded.Server(tmp_path, embedded.free_port())
    use(settings, server.port)
    yield server
    server.kill()


def use(settings, port: int) -> None:
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "hosts": [f"redis://127.0.0.1:{port}/0"]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}


async def test_it_subscribes_once_however_often_it_tries(
    valkey, hub_stopped, transactional_db, monkeypatch
):
    monkeypatch.setattr(hubs, "RETRY_SECONDS", 0.01)
    hub, tries = hubs.current(), []
    layer = hub.layer._get_layer()
    tried, subscribed = asyncio.Event(), asyncio.Event()
    new_channel = layer.new_channel

    async def counted(*args):
        tries.append(args)
        if len(tries) == 5:
            tried.set()
        channel = await new_channel(*args)
        subscribed.set()
        return channel

    monkeypatch.setattr(layer, "new_channel", counted)
    async with asyncio.timeout(30):
        await tried.wait()
        await asyncio.to_thread(valkey.start)
        await subscribed.wait()
    assert len(layer.channels) == 1


class Line:
    """A way to a port; `go_dead()`: what is connected stays so and passes nothing on any more."""

    def __init__(self, port: int) -> None:
        self.port, self.connections = port, []

    async def open(self) -> int:
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def _connect(self, reader, writer) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.port)
        pumps = [self._pump(reader, there_writer), self._pump(there_reader, writer)]
        self.connections += [asyncio.create_task(pump) for pump in pumps]

    async def _pump(self, reader, writer) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    def go_dead(self) -> None:
        for pump in self.connections:
            pump.cancel()

    async def close(self) -> None:
        self.go_dead()
        self.server.close()


async def test_a_connection_that_died_without_a_word_is_made_anew(
    valkey, settings, hub_stopped, transactional_db, monkeypatch
):
    monkeypatch.setattr(publisher, "SEND_SECONDS", 0.2)
    await asyncio.to_thread(valkey.start)
    line = Line(valkey.port)
    use(settings, await line.open())
    hub = hubs.current()
    async with asyncio.timeout(30):
        await heard(hub)
        line.go_dead()
        listener = hub.listener
        while hub.listener is listener:
            await hub.pulse.tick()
            await asyncio.wait([hub.publisher.sender])
        await heard(hub)
    await line.close()


async def heard(hub) -> None:
    """Returns when the hub hears itself."""
    hub.pulse.heard.clear()
    while hub.name not in hub.pulse.heard:
        hub.publisher.publish({"kind": "beat"})
        await asyncio.wait([hub.publisher.sender])
