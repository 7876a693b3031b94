"""Open sockets of a consumer without chat: here, away, gone."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer
from django.contrib.auth.models import AnonymousUser
from websockets.sync.client import connect

import presence
from presence import keys, process_tracker
from presence.connection import client
from presence.consumers import PresenceConsumerMixin
from presence.socket_leases import LEASE_SECONDS
from presence.socket_tracker import AWAY_SECONDS
from tests.chatsite.processes import wait_until
from tests.ports import free_port
from tests.site import ROOT, site_environment

pytestmark = pytest.mark.django_db(transaction=True)  # Channels closes old connections
PATIENCE_SECONDS = 10


class Person:
    is_authenticated = True

    def __init__(self, pk, appears_offline=False):
        self.pk, self.appears_offline = pk, appears_offline


ALICE, BOB = Person(1), Person(2)


class Echo(PresenceConsumerMixin, AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data)


class Json(PresenceConsumerMixin, AsyncJsonWebsocketConsumer):
    def is_activity(self, message):
        return "ping" not in message["text"]

    async def receive_json(self, content):
        await self.send_json(content)


class Refusing(PresenceConsumerMixin, AsyncWebsocketConsumer):
    async def connect(self):
        raise DenyConnection


class Closing(PresenceConsumerMixin, AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        raise ZeroDivisionError


class SigningIn(PresenceConsumerMixin, AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.begin_presence(BOB if text_data == "bob" else ALICE)
        await self.send("welcome")


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(process_tracker, "SYNC_SECONDS", 0.02)


class Socket(ApplicationCommunicator):
    async def send_text(self, text):
        await self.send_input({"type": "websocket.receive", "text": text})

    async def receive_text(self):
        return (await self.receive_output())["text"]

    async def disconnect(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()


async def opened(consumer, user=None):
    scope = {"type": "websocket"} | ({"user": user} if user is not None else {})
    socket = Socket(consumer.as_asgi(), scope)
    await socket.send_input({"type": "websocket.connect"})
    is_accepted = (await socket.receive_output())["type"] == "websocket.accept"
    return socket if is_accepted else None


async def until(read, expected):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await read() != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("consumer", [Echo, Json])
async def test_an_open_socket_is_here_until_it_closes(consumer):
    socket = await opened(consumer, ALICE)
    await until(presence.ahere_user_ids, {1})
    assert await presence.aonline_user_ids() == {1}
    await socket.disconnect()
    await until(presence.ahere_user_ids, set())


async def test_several_sockets_of_a_user():
    sockets = [await opened(Echo, user) for user in (ALICE, ALICE, BOB)]
    await until(presence.ahere_user_ids, {1, 2})
    await sockets[0].disconnect()
    await sockets[2].disconnect()
    await until(presence.ahere_user_ids, {1})
    await sockets[1].disconnect()
    await until(presence.ahere_user_ids, set())


async def test_messages_pass():
    socket = await opened(Echo, ALICE)
    await socket.send_text("hello")
    assert await socket.receive_text() == "hello"
    await socket.disconnect()


@pytest.mark.parametrize("user", [None, AnonymousUser()])
async def test_a_visitor_is_not_here(user):
    socket = await opened(Echo, user)
    other = await opened(Echo, BOB)
    await until(presence.ahere_user_ids, {2})
    await socket.send_text("hello")
    assert await socket.receive_text() == "hello"
    await socket.disconnect()
    await other.disconnect()


async def test_a_refused_socket_is_not_here():
    assert await opened(Refusing, ALICE) is None
    other = await opened(Echo, BOB)
    await until(presence.ahere_user_ids, {2})
    await other.disconnect()


async def test_a_user_who_appears_offline_is_not_here():
    socket = await opened(Echo, Person(3, appears_offline=True))
    other = await opened(Echo, BOB)
    await until(presence.ahere_user_ids, {2})
    assert await presence.ais_online([3]) == set()
    await socket.disconnect()
    await other.disconnect()


async def test_a_consumer_that_fails_is_gone():
    socket = await opened(Closing, ALICE)
    await until(presence.ahere_user_ids, {1})
    await socket.send_text("x")
    with pytest.raises(ZeroDivisionError):
        await socket.receive_text()
    await until(presence.ahere_user_ids, set())


async def test_a_cancelled_consumer_is_gone():
    socket = await opened(Echo, ALICE)
    await until(presence.ahere_user_ids, {1})
    socket.future.cancel()
    await until(presence.ahere_user_ids, set())


async def test_a_consumer_may_identify_its_user_later():
    socket = await opened(SigningIn)
    await socket.send_text("bob")
    await until(presence.ahere_user_ids, {2})
    await socket.send_text("alice")
    await until(presence.ahere_user_ids, {1})
    await socket.disconnect()
    await until(presence.ahere_user_ids, set())


@pytest.mark.parametrize(("consumer", "text", "away"), [(Echo, "x", set()), (Json, '"ping"', {1})])
async def test_a_user_without_activity_is_away(consumer, text, away):
    socket = await opened(consumer, ALICE)
    tracker = process_tracker.process_tracker()

    async def users_away():
        return await presence.aaway([1])

    tracker.used_at[1] -= AWAY_SECONDS
    await until(users_away, {1})
    await socket.send_text(text)
    await socket.receive_text()
    await tracker.sync()
    assert await users_away() == away
    await socket.disconnect()


async def test_the_lease_is_renewed_and_released_when_the_loop_ends():
    socket = await opened(Echo, ALICE)
    await until(presence.ahere_user_ids, {1})
    tracker = process_tracker.process_tracker()
    lease = keys.lease(tracker.server)
    await asyncio.to_thread(client().expire, lease, 5)

    async def is_renewed():
        return await asyncio.to_thread(client().ttl, lease) > 5

    await until(is_renewed, True)
    tracker.task.cancel()
    await asyncio.wait([tracker.task])
    assert await presence.ahere_user_ids() == set()
    await socket.disconnect()


async def test_the_task_ends_whenever_it_is_cancelled(monkeypatch):
    monkeypatch.setattr(process_tracker, "SYNC_SECONDS", 0)
    for milliseconds in range(40):
        tracker = process_tracker.ProcessTracker()
        tracker.opened(ALICE.pk)
        await asyncio.sleep(milliseconds / 10_000)
        tracker.task.cancel()
        _, unfinished = await asyncio.wait([tracker.task], timeout=PATIENCE_SECONDS)
        assert not unfinished
    assert await presence.ahere_user_ids() == set()


@pytest.fixture
def server():
    """A server process with a consumer that has everybody as user 7."""
    port = free_port()
    application = "tests.presence.consumer_server:application"
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port)]
    environment = {**os.environ, **site_environment(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        while b"Uvicorn running" not in process.stderr.readline():
            assert process.poll() is None
        process.url = f"ws://127.0.0.1:{port}/"
        yield process
        process.kill()


def test_a_killed_process_ends_with_its_lease(server):
    with connect(server.url):
        wait_until(lambda: presence.here([7]) == {7})
        server.kill()
        server.wait()
    [name] = client().smembers(keys.SERVERS)
    assert 0 < client().pttl(keys.lease(name)) <= LEASE_SECONDS * 1000 < 60_000
    client().pexpire(keys.lease(name), 1)
    wait_until(lambda: presence.here([7]) == set())


def test_a_process_that_stops_releases_its_lease(server):
    with connect(server.url):
        wait_until(lambda: presence.here([7]) == {7})
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE_SECONDS)
    assert presence.here([7]) == set()
    assert client().keys("open-sockets/*") == []
