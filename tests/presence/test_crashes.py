"""Real processes that are killed, or stand still for longer than their lease."""

import asyncio
import signal
import sys

import pytest

import presence
from presence.sockets import Sockets

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


async def watch(sockets, until):
    """What changed until `until` does."""
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
    watcher = Sockets("watcher")
    await watch(watcher, until=lambda: watcher.here() == {ALICE, BOB} and len(watcher.peers) == 3)

    two.kill()
    seen = await watch(watcher, until=lambda: "two" not in watcher.peers)
    assert seen == []

    three.send_signal(signal.SIGSTOP)
    seen = await watch(watcher, until=lambda: BOB not in watcher.here())
    assert seen == [("left", BOB)]
    assert presence.here_user_ids() == {ALICE}
    three.send_signal(signal.SIGCONT)
    seen = await watch(watcher, until=lambda: BOB in watcher.here())
    assert seen == [("here", BOB)]

    one.kill()
    seen = await watch(watcher, until=lambda: ALICE not in watcher.here())
    assert seen == [("left", ALICE)]
    assert presence.here_user_ids() == {BOB}
