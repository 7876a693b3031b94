import asyncio

import pytest

from chat.live import db_threads
from chat.live.hub import running_hub
from chat.services import rooms
from tests.chat.live.simulated_process import Process
from tests.chat.socket_client import LocalSocketClient, ServerSocketClient
from tests.site import Site, session_of
from tests.thread_pools import close_connections


@pytest.fixture
def den(alice):
    """A private room whose only member is alice."""
    return rooms.create(alice, "Den", private=True)


@pytest.fixture
def staff(django_user_model):
    """A superuser who is in no room."""
    return django_user_model.objects.create_superuser("dora", password="password123")


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker):
    """A server process that uses the test database."""
    with django_db_blocker.unblock(), Site() as site:
        yield site.url


@pytest.fixture(params=["send", "direct"])
def url(request):
    """None for the application in this process, which uses `send()`, or a server's address."""
    return request.getfixturevalue("server") if request.param == "direct" else None


@pytest.fixture
async def connect(transactional_db, hub_stopped):
    """`await connect(user, url)` returns an open socket with a new session. It has read its
    `hello`, which is `socket.hello`; the session's key is `socket.session`."""
    sockets = []

    async def connect(user, url=None, query="", **headers):
        session = None
        if user is not None and "Authorization" not in headers:
            session = await db_threads.run(session_of, user)
            headers["Cookie"] = f"sessionid={session}"
        path = f"/ws/{query}"
        socket = ServerSocketClient(url, path, headers) if url else LocalSocketClient(path, headers)
        await socket.connect()
        sockets.append(socket)
        socket.session, socket.hello = session, await socket.receive()
        return socket

    yield connect
    for socket in sockets:
        await socket.end()


@pytest.fixture
async def process(transactional_db, nobody_online, hub_stopped):
    """A process whose clock the test moves, and the sockets of another one."""
    process = Process()
    yield process
    await process.elsewhere.close()


@pytest.fixture
async def hub_stopped():
    yield
    if running_hub() is not None:
        await running_hub().stop()
    await asyncio.to_thread(close_connections, db_threads.pool, db_threads.POOL_THREADS)
    await asyncio.to_thread(close_connections, db_threads.writer_pool, 1)


@pytest.fixture
def admin(client, staff):
    client.force_login(staff)
    return client
