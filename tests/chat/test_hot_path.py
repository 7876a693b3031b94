"""Work that must not happen for each frame. Each test is about a known trap of Channels."""

import asyncio
import threading
from uuid import uuid4

import pytest
import redis
import websockets
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db.backends.signals import connection_created

from chat.events.publisher import GROUP
from chat.live import db_threads
from chat.models import Membership
from tests.chat.factories import post_message
from tests.site import session_of

SENDERS, POSTS_EACH = 60, 5
EVENT_SECONDS = 20


@pytest.fixture
async def published_changes():
    """`await published_changes(n)` returns the next n changes that this process publishes."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)

    async def changes(count: int) -> list[dict]:
        found: list[dict] = []
        async with asyncio.timeout(EVENT_SECONDS):
            while len(found) < count:
                events = (await layer.receive(channel))["events"]
                found += [c for e in events if e["kind"] == "changes" for c in e["changes"]]
        return found

    yield changes
    await layer.flush()


async def test_frames_open_no_database_connection_and_no_thread(connect, alice, general):
    socket = await connect(alice)
    await socket.open(general)
    for number in range(5):  # until every thread of the pools has a connection
        await asyncio.gather(
            *(db_threads.run(post_message, alice, general) for _ in range(db_threads.POOL_THREADS))
        )
        await post(socket, general, f"warming {number}")
    opened: list[object] = []
    connection_created.connect(opened.append, weak=False, dispatch_uid="hot path")
    before = threading.active_count()
    try:
        for number in range(50):
            await post(socket, general, f"number {number}")
            await socket.ask("ping", "pong")
    finally:
        connection_created.disconnect(dispatch_uid="hot path")
    assert not opened
    assert threading.active_count() <= before


async def test_a_burst_of_senders_reaches_the_other_processes(
    connect, published_changes, alice, general, settings, chat_settings
):
    """redis-py refuses the hundred and first connection of a pool."""
    chat_settings["RATE_LIMITS"] = False
    sockets = [await connect(alice) for _ in range(SENDERS)]
    for number in range(POSTS_EACH):
        await asyncio.gather(*(post(socket, general, f"number {number}") for socket in sockets))
    changes = await published_changes(SENDERS * POSTS_EACH)
    assert [change["version"] for change in changes] == list(range(1, SENDERS * POSTS_EACH + 1))
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.info("clients")["connected_clients"] < SENDERS


async def test_a_post_is_published_once_for_any_number_of_members(
    connect, published_changes, alice, general
):
    socket = await connect(alice)
    await post(socket, general, "to few")
    await db_threads.run(add_members, general, 5000)
    await post(socket, general, "to many")
    assert [change["version"] for change in await published_changes(2)] == [1, 2]


async def test_compression_is_not_negotiated(server, transactional_db, alice):
    """With compression each socket would need frames of its own, and memory."""
    session = await db_threads.run(session_of, alice)
    headers = {"Cookie": f"sessionid={session}"}
    url = server.replace("http", "ws") + "/ws/"
    async with websockets.connect(url, additional_headers=headers, compression="deflate") as peer:
        assert peer.protocol.extensions == []


async def post(socket, room, body: str) -> None:
    await socket.ask("post", "posted", room=room.pk, client_id=str(uuid4()), body=body)


def add_members(room, count: int) -> None:
    model = get_user_model()
    users = model.objects.bulk_create([model(username=f"member{n}") for n in range(count)])
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in users])
