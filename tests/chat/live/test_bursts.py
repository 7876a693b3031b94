import asyncio

from chat.live.connections import FrameBatch
from chat.live.hub import Hub
from chat.live.write_queue import SOCKETS_PER_TURN
from tests.chat.live.test_room_feed import change
from tests.chat.recording_socket import RecordingSocket, delivered

ROOM = 1


class CountingSocket(RecordingSocket):
    writes = 0

    def write(self, burst: FrameBatch) -> None:
        super().write(burst)
        self.writes += 1


def hub_with_open_sockets(count: int) -> tuple[Hub, list[CountingSocket]]:
    hub = Hub()
    sockets = [CountingSocket(None) for _ in range(count)]
    feed = hub.registry.feed(ROOM)
    feed.ensure_head(0)
    feed.open.update(sockets)
    return hub, sockets


def dispatch_change(hub: Hub, version: int) -> None:
    hub.dispatch({"kind": "changes", "room": ROOM, "changes": [change(version)]})


def versions(socket: RecordingSocket) -> list[int]:
    return [frame["version"] for frame in socket.frames]


async def test_changes_of_one_turn_of_the_loop_are_one_write():
    hub, sockets = hub_with_open_sockets(3)
    for version in (1, 2, 3):
        dispatch_change(hub, version)
    await delivered()
    assert all(versions(socket) == [1, 2, 3] and socket.writes == 1 for socket in sockets)


async def test_changes_that_arrive_during_a_write_are_one_more_write():
    hub, sockets = hub_with_open_sockets(9 * SOCKETS_PER_TURN)
    dispatch_change(hub, 1)
    await delivered()
    assert 0 < sum(socket.writes for socket in sockets) < len(sockets)
    for version in (2, 3, 4):
        dispatch_change(hub, version)
        await asyncio.sleep(0)
    await delivered(2 * len(sockets))
    assert all(versions(socket) == [1, 2, 3, 4] for socket in sockets)
    assert all(socket.writes == 2 for socket in sockets)
