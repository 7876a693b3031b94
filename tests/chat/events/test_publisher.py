"""The publisher of a process while Redis is slow or away."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from chat.events import publisher
from chat.events.publisher import BEAT, GROUP, PENDING_MAX, Publisher


@pytest.fixture
async def next_message(monkeypatch):
    """`await next_message()` returns the next message of the publisher: hubs of earlier tests may
    still send beats. It has no beat unless the test shortens the time until the first one."""
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 600)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)

    async def receive() -> dict:
        async with asyncio.timeout(10):
            while (message := await layer.receive(channel))["origin"] != "here":
                pass
            return message

    yield receive
    await layer.flush()


async def test_waiting_events_are_sent_together_and_in_order(next_message):
    sender = Publisher("here")
    for number in range(5):
        sender.publish({"number": number})
    message = await next_message()
    assert (message["origin"], message["number"]) == ("here", 1)
    assert message["events"] == [{"number": number} for number in range(5)]


async def test_events_that_are_dropped_leave_a_gap_in_the_numbers(next_message, monkeypatch):
    monkeypatch.setattr(publisher, "SEND_SECONDS", 30)
    sender = Publisher("here")
    sender.publish({"number": -1})
    assert (await next_message())["number"] == 1
    for number in range(PENDING_MAX + 2):  # in one turn of the loop, so none is sent
        sender.publish({"number": number})
    message = await next_message()
    assert len(message["events"]) == PENDING_MAX
    assert message["events"][0] == {"number": 2}
    assert message["number"] > 2


async def test_the_last_message_is_followed_by_one_beat(next_message, monkeypatch):
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 0.01)
    sender = Publisher("here")
    sender.publish({"number": 0})
    assert (await next_message())["events"] == [{"number": 0}]
    beat = await next_message()
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
