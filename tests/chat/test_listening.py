"""The hub's own channel, while Redis is away."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from chat import hub as hubs
from chatsite import embedded


@pytest.fixture
def valkey(tmp_path, settings):
    """One of its own, that does not run yet."""
    server = embedded.Server(tmp_path, embedded.free_port())
    [name] = settings.CHANNEL_LAYERS
    layer = settings.CHANNEL_LAYERS[name]
    hosts = [f"redis://127.0.0.1:{server.port}/0"]
    settings.CHANNEL_LAYERS = {name: {**layer, "CONFIG": {**layer["CONFIG"], "hosts": hosts}}}
    yield server
    server.kill()


async def test_it_subscribes_once_however_often_it_tries(
    valkey, hub_stopped, transactional_db, monkeypatch
):
    monkeypatch.setattr(hubs, "RETRY_SECONDS", 0.01)
    layer, tries, tried = get_channel_layer()._get_layer(), [], asyncio.Event()
    new_channel = layer.new_channel

    async def counted(*args):
        tries.append(args)
        if len(tries) == 5:
            tried.set()
        return await new_channel(*args)

    monkeypatch.setattr(layer, "new_channel", counted)
    hub = hubs.current()
    await tried.wait()
    await asyncio.to_thread(valkey.start)
    async with asyncio.timeout(10):
        while hub.name not in hub.pulse.heard:
            await hub.pulse.tick()
    assert len(layer.channels) == 1
