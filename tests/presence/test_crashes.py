"""Real processes that are killed, or stopped for longer than their lease.

All have a lease of the usual length. A test does not wait for it: once the process is gone, the
lease expires immediately, as in test_property.py. test_sockets.py measures how long peers take to
notice; together it is less than a minute.
"""

import asyncio
import json
import signal
import sys
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

import presence
from chat.services import memberships, rooms
from presence import keys
from presence.connection import client
from presence.socket_leases import LEASE_SECONDS
from presence.socket_tracker import SocketTracker
from tests.site import Site, session_of

ALICE, BOB = 1, 2
PATIENCE_SECONDS = 30
SYNC_SECONDS = 0.2


@pytest.fixture
async def processes():
    started = [await start("one", ALICE), await start("two", ALICE), await start("three", BOB)]
    yield started
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def start(name, user_id):
    command = [sys.executable, "-m", "tests.presence.server_process", name, str(user_id)]
    return await asyncio.create_subprocess_exec(*command)


def expire_lease(server):
    """Expires the process's lease immediately."""
    assert 0 < client().pttl(keys.lease(server)) <= LEASE_SECONDS * 1000
    client().pexpire(keys.lease(server), 1)


async def watch(sockets, until):
    """Collects the changes until `until` is true."""
    seen = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not until():
            changes = await sockets.sync()
            seen += [("here", who) for who in changes.here]
            seen += [("left", who) for who in changes.left]
            await asyncio.sleep(SYNC_SECONDS)
    return seen


async def test_killed_and_stopped_processes(processes):
    one, two, three = processes
    watcher = SocketTracker("watcher")
    await watch(watcher, until=lambda: watcher.here() == {ALICE, BOB} and len(watcher.peers) == 3)

    two.kill()
    await two.wait()
    expire_lease("two")
    seen = await watch(watcher, until=lambda: "two" not in watcher.peers)
    assert seen == []

    three.send_signal(signal.SIGSTOP)
    expire_lease("three")
    seen = await watch(watcher, until=lambda: BOB not in watcher.here())
    assert seen == [("left", BOB)]
    assert presence.here_user_ids() == {ALICE}
    three.send_signal(signal.SIGCONT)
    seen = await watch(watcher, until=lambda: BOB in watcher.here())
    assert seen == [("here", BOB)]

    one.kill()
    await one.wait()
    expire_lease("one")
    seen = await watch(watcher, until=lambda: ALICE not in watcher.here())
    assert seen == [("left", ALICE)]
    assert presence.here_user_ids() == {BOB}


class Tab:
    """A socket to one web process of the real site."""

    def __init__(self, stack, url, user):
        headers = {"Cookie": f"sessionid={session_of(user)}"}
        address = url.replace("http", "ws") + "/ws/"
        self.socket = stack.enter_context(connect(address, additional_headers=headers))
        self.hello = self.next("hello")

    def next(self, kind):
        while (frame := json.loads(self.socket.recv(PATIENCE_SECONDS)))["type"] != kind:
            pass
        return frame

    def left(self, user):
        """Returns the users who left, up to `user`."""
        people = []
        while user.pk not in people:
            people += self.next("presence")["left"]
        return people


@pytest.fixture
def webs(transactional_db):
    with Site(processes=3) as site:
        yield site.webs


def test_killed_web_processes(webs, alice, bob, charlie):
    """Alice has two tabs in one process and one in another: she leaves when all are gone, while
    Charlie leaves with his only one."""
    everybody = {alice.pk, bob.pk, charlie.pk}
    room = rooms.create(alice, "General")
    with ExitStack() as stack:
        for user in (bob, charlie):
            memberships.join(user, room.pk)
        first, *_ = [Tab(stack, webs[0].url, user) for user in (alice, alice, charlie)]
        second, his = [Tab(stack, webs[n].url, user) for n, user in ((1, alice), (2, bob))]
        here = set(his.hello["here"])
        while here != everybody:
            here.update(his.next("presence")["here"])

        webs[0].kill()
        expire_lease(first.hello["server"])
        assert his.left(charlie) == [charlie.pk]
        assert presence.here(everybody) == {alice.pk, bob.pk}

        webs[1].kill()
        expire_lease(second.hello["server"])
        assert his.left(alice) == [alice.pk]
        assert presence.here(everybody) == {bob.pk}
