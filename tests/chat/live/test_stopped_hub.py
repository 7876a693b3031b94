"""A process that ends does not start another hub for a late handshake."""

import asyncio
import threading

import pytest

from chat.exceptions import HubStopped
from chat.live import db_threads
from chat.live import hub as hubs
from chat.live.hub import running_hub
from chat.protocol.close_codes import RESTART
from chat.services import room_list
from tests.chat.socket_client import LocalSocketClient
from tests.site import session_of

pytestmark = pytest.mark.usefixtures("transactional_db", "hub_stopped")


async def handshake(user) -> LocalSocketClient:
    session = await db_threads.run(session_of, user)
    socket = LocalSocketClient("/ws/", {"Cookie": f"sessionid={session}"})
    await socket.connect()
    return socket


async def test_a_handshake_after_the_stop_is_closed(alice):
    hubs.get_hub()
    await hubs.stop()
    socket = await handshake(alice)
    assert await socket.closed() == RESTART
    assert running_hub() is None
    with pytest.raises(HubStopped):
        hubs.get_hub()


async def test_a_first_handshake_after_the_stop_starts_no_hub(alice):
    await hubs.stop()
    socket = await handshake(alice)
    assert await socket.closed() == RESTART
    assert running_hub() is None


async def test_a_handshake_during_the_stop_is_closed(alice, monkeypatch):
    """The hub stops while the handshake reads the rooms of its user."""
    reached, go_on, original = threading.Event(), threading.Event(), room_list.for_hello

    def for_hello(user):
        reached.set()
        go_on.wait(10)
        return original(user)

    monkeypatch.setattr(room_list, "for_hello", for_hello)
    hubs.get_hub()
    socket = await handshake(alice)
    await asyncio.to_thread(reached.wait, 10)
    await hubs.stop()
    go_on.set()
    assert await socket.closed() == RESTART
    assert running_hub() is None


async def test_a_second_stop_does_nothing():
    hubs.get_hub()
    await hubs.stop()
    await hubs.stop()


def test_another_loop_has_a_hub_of_its_own():
    async def life() -> None:
        hubs.get_hub()
        await hubs.stop()

    asyncio.run(life())
    asyncio.run(life())
