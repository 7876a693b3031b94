"""The one sender of a process, while Redis is slow or away."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from chat.events import publisher
from chat.events.publisher import BEAT, GROUP, WAITING_MAX, Publisher


@pytest.fixture
async def wire():
    """`await wire()`: the next message that comes from a publisher."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)

    async def receive() -> dict:
        async with asyncio.timeout(10):
            return await layer.receive(channel)

    yield receive
    await layer.flush()


async def test_what_waits_leaves_together_and_in_order(wire):
    sender = Publisher("here")
    for number in range(5):
        sender.publish({"number": number})
    message = await wire()
    assert (message["origin"], message["number"]) == ("here", 1)
    assert message["events"] == [{"number": number} for number in range(5)]


async def test_events_that_are_dropped_leave_a_gap_in_the_numbers(wire):
    sender = Publisher("here")
    sender.publish({"number": -1})
    assert (await wire())["number"] == 1
    for number in range(WAITING_MAX + 2):  # in one turn of the loop: none of them leaves
        sender.publish({"number": number})
    message = await wire()
    assert len(message["events"]) == WAITING_MAX
    assert message["events"][0] == {"number": 2}
    assert message["number"] > 2


async def test_the_last_message_is_followed_by_one_beat(wire, monkeypatch):
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 0.01)
    sender = Publisher("here")
    sender.publish({"number": 0})
    assert (await wire())["events"] == [{"number": 0}]
    beat = await wire()
    assert (beat["number"], beat["events"]) == (2, [BEAT])
    await asyncio.wait([sender.sender])
    assert sender.next_beat.when() < asyncio.get_running_loop().time(), "the one that was sent"


async def test_beats_follow_until_redis_is_back(valkey, settings, monkeypatch):
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 0.01)
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "hosts": [valkey.url]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}
    valkey.kill()
    sender = Publisher("here")
    sender.publish({"number": 0})
    await asyncio.wait([sender.sender])
    assert sender.is_down
    await asyncio.to_thread(valkey.start)
    async with asyncio.timeout(30):
        while sender.is_down:  # noqa: ASYNC110 - the publisher tells nobody but the log
            await asyncio.sleep(publisher.BEAT_SECONDS)
    assert sender.number > 1
    await sender.drain()
