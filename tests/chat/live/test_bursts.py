import asyncio

from chat.live.connections import Burst
from chat.live.hub import Hub
from chat.live.write_queue import SOCKETS_PER_TURN
from tests.chat.live.test_room_feed import change
from tests.chat.recording_socket import RecordingSocket, delivered

ROOM = 1


class CountingSocket(RecordingSocket):
    writes = 0

    def write(self, burst: Burst) -> None:
        super().write(burst)
        self.writes += 1


def listening(count: int) -> tuple[Hub, list[CountingSocket]]:
    hub = Hub()
    sockets = [CountingSocket(None) for _ in range(count)]
    feed = hub.registry.feed(ROOM)
    feed.learn_head(0)
    feed.open.update(sockets)
    return hub, sockets


def happens(hub: Hub, version: int) -> None:
    hub.dispatch({"kind": "changes", "room": ROOM, "changes": [change(version)]})


def versions(socket: RecordingSocket) -> list[int]:
    return [frame["version"] for frame in socket.frames]


async def test_what_comes_in_one_turn_of_the_loop_is_one_write():
    hub, sockets = listening(3)
    for version in (1, 2, 3):
        happens(hub, version)
    await delivered()
    assert all(versions(socket) == [1, 2, 3] and socket.writes == 1 for socket in sockets)


async def test_what_comes_while_many_are_written_to_is_one_more_write():
    hub, sockets = listening(9 * SOCKETS_PER_TURN)
    happens(hub, 1)
    await delivered()
    assert 0 < sum(socket.writes for socket in sockets) < len(sockets)
    for version in (2, 3, 4):
        happens(hub, version)
        await asyncio.sleep(0)
    await delivered(2 * len(sockets))
    assert all(versions(socket) == [1, 2, 3, 4] for socket in sockets)
    assert all(socket.writes == 2 for socket in sockets)
