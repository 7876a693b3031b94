"""The hub's subscription while Redis is away."""

import asyncio
import pickle

import msgpack
import pytest
import redis.asyncio

from chat.events import publisher
from chat.live import hub as hubs
from chatsite.dev import embedded_valkey
from tests.redis_proxy import RedisProxy


@pytest.fixture
def valkey(tmp_path, settings):
    """A Valkey for this test only, which does not run yet."""
    server = embedded_valkey.Server(tmp_path)
    use(settings, server.url)
    yield server
    server.kill()


def use(settings, url: str) -> None:
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "hosts": [url]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}


async def test_the_hub_subscribes_once_after_many_attempts(
    valkey, hub_stopped, transactional_db, monkeypatch
):
    monkeypatch.setattr(hubs, "RETRY_SECONDS", 0.01)
    hub, attempts = hubs.get_hub(), []
    layer = hub.layer._get_layer()
    attempted, subscribed = asyncio.Event(), asyncio.Event()
    new_channel = layer.new_channel

    async def counted(*args):
        attempts.append(args)
        if len(attempts) == 5:
            attempted.set()
        channel = await new_channel(*args)
        subscribed.set()
        return channel

    monkeypatch.setattr(layer, "new_channel", counted)
    async with asyncio.timeout(30):
        await attempted.wait()
        await asyncio.to_thread(valkey.start)
        await subscribed.wait()
    assert len(layer.channels) == 1


async def test_the_hub_replaces_a_connection_that_died_silently(
    valkey, settings, hub_stopped, transactional_db, monkeypatch
):
    monkeypatch.setattr(publisher, "SEND_SECONDS", 0.2)
    await asyncio.to_thread(valkey.start)
    proxy = RedisProxy(valkey.socket)
    use(settings, await proxy.open())
    hub = hubs.get_hub()
    async with asyncio.timeout(30):
        await hub_receives_itself(hub)
        proxy.go_dead()
        listener = hub.listener
        while hub.listener is listener:
            await hub.heartbeat.tick()
            await asyncio.wait([hub.publisher.sender])
        await hub_receives_itself(hub)
    await proxy.close()


async def test_the_hub_catches_up_after_its_connection_broke(
    valkey, hub_stopped, transactional_db, monkeypatch
):
    """Although no number is missing: what was lost may have been the last message of a process."""
    await asyncio.to_thread(valkey.start)
    hub, caught_up = hubs.get_hub(), asyncio.Event()
    async with asyncio.timeout(30), redis.asyncio.Redis.from_url(valkey.url) as client:
        await hub_receives_itself(hub)
        monkeypatch.setattr(hub.heartbeat, "catch_up", caught_up.set)
        for _ in range(2):
            caught_up.clear()
            assert await client.client_kill_filter(_type="pubsub")
            await caught_up.wait()


GARBAGE = [
    b"",
    b"{",
    b"\xc1",
    b"\x91" * 3000,
    pickle.dumps({"origin": "there"}),
    *map(
        msgpack.packb, [5, [], {}, {"origin": "there"}, {"origin": [], "number": {}, "events": 1}]
    ),
    *(
        msgpack.packb({"origin": "there", "number": number, "events": events})
        for number, events in enumerate(
            [[5], [{}], [{"kind": "nothing"}], [{"kind": "changes"}], 5]
        )
    ),
]


async def test_garbage_from_other_publishers_is_skipped(valkey, hub_stopped, transactional_db):
    await asyncio.to_thread(valkey.start)
    hub = hubs.get_hub()
    async with asyncio.timeout(30):
        await hub_receives_itself(hub)
        listener = hub.listener
        async with redis.asyncio.Redis.from_url(valkey.url) as client:
            for message in GARBAGE:
                assert await client.publish(f"chatsite__group__{publisher.GROUP}", message)
        await hub_receives_itself(hub)
    assert hub.listener is listener
    assert not listener.done()


async def hub_receives_itself(hub) -> None:
    """Returns when the hub receives its own messages."""
    hub.heartbeat.last_numbers.clear()
    while hub.name not in hub.heartbeat.last_numbers:
        hub.publisher.publish({"kind": "beat"})
        await asyncio.wait([hub.publisher.sender])
