"""A process that ends does not start another hub, whenever a handshake comes."""

import asyncio
import threading

import pytest

from chat import hub as hubs
from chat import publisher, rooms, threads
from chat.exceptions import Stopped
from chat.sockets import RESTART
from tests.chat.talk import TalkHere
from tests.site import session_of

pytestmark = pytest.mark.usefixtures("transactional_db", "hub_stopped")


async def handshake(user) -> TalkHere:
    session = await threads.read(session_of, user)
    talk = TalkHere("/ws/", {"Cookie": f"sessionid={session}"})
    await talk.connect()
    return talk


async def test_a_handshake_after_the_stop(alice):
    hubs.current()
    await hubs.stop()
    talk = await handshake(alice)
    assert await talk.closed() == RESTART
    assert publisher.hub is None
    with pytest.raises(Stopped):
        hubs.current()


async def test_a_first_handshake_after_the_stop_of_a_process_without_a_hub(alice):
    await hubs.stop()
    talk = await handshake(alice)
    assert await talk.closed() == RESTART
    assert publisher.hub is None


async def test_a_handshake_that_was_under_way(alice, monkeypatch):
    """While it reads the rooms of its person the hub stops."""
    reached, go_on, original = threading.Event(), threading.Event(), rooms.described_for

    def described_for(user):
        reached.set()
        go_on.wait(10)
        return original(user)

    monkeypatch.setattr(rooms, "described_for", described_for)
    hubs.current()
    talk = await handshake(alice)
    await asyncio.to_thread(reached.wait, 10)
    await hubs.stop()
    go_on.set()
    assert await talk.closed() == RESTART
    assert publisher.hub is None


async def test_stopped_twice():
    hubs.current()
    await hubs.stop()
    await hubs.stop()


def test_another_loop_has_a_hub_of_its_own():
    async def life() -> None:
        hubs.current()
        await hubs.stop()

    asyncio.run(life())
    asyncio.run(life())
