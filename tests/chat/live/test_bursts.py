import asyncio

from chat.live.connections import Burst
from chat.live.hub import Hub
from chat.live.write_queue import SOCKETS_PER_TURN
from tests.chat.live.test_room_feed import change
from tests.chat.recording_socket import RecordingSocket, delivered

ROOM = 1


class CountingEar(RecordingSocket):
    writes = 0

    def write(self, burst: Burst) -> None:
        super().write(burst)
        self.writes += 1


def listening(sockets: int) -> tuple[Hub, list[CountingEar]]:
    hub = Hub()
    ears = [CountingEar(None) for _ in range(sockets)]
    feed = hub.registry.feed(ROOM)
    feed.learn_head(0)
    feed.open.update(ears)
    return hub, ears


def happens(hub: Hub, version: int) -> None:
    hub.dispatch({"kind": "changes", "room": ROOM, "changes": [change(version)]})


def versions(ear: RecordingSocket) -> list[int]:
    return [frame["version"] for frame in ear.frames]


async def test_what_comes_in_one_turn_of_the_loop_is_one_write():
    hub, ears = listening(3)
    for version in (1, 2, 3):
        happens(hub, version)
    await delivered()
    assert all(versions(ear) == [1, 2, 3] and ear.writes == 1 for ear in ears)


async def test_what_comes_while_many_are_written_to_is_one_more_write():
    hub, ears = listening(9 * SOCKETS_PER_TURN)
    happens(hub, 1)
    await delivered()
    assert 0 < sum(ear.writes for ear in ears) < len(ears)
    for version in (2, 3, 4):
        happens(hub, version)
        await asyncio.sleep(0)
    await delivered(2 * len(ears))
    assert all(versions(ear) == [1, 2, 3, 4] for ear in ears)
    assert all(ear.writes == 2 for ear in ears)
