import asyncio

from chat.live.write_queue import SOCKETS_PER_TURN, WriteQueue
from tests.chat.recording_socket import RecordingSocket


def numbers(socket: RecordingSocket) -> list[int]:
    return [frame["number"] for frame in socket.frames]


def payloads(*values: int) -> list[bytes]:
    return [b'{"number":%d}' % value for value in values]


async def test_a_turn_of_the_loop_writes_to_a_limited_number_of_sockets():
    queue = WriteQueue(asyncio.get_running_loop())
    sockets = [RecordingSocket(None) for _ in range(2 * SOCKETS_PER_TURN + 1)]
    queue.put(payloads(1), sockets)
    written = []
    for _ in range(4):
        written.append(sum(bool(socket.frames) for socket in sockets))
        await asyncio.sleep(0)
    assert written == [0, SOCKETS_PER_TURN, 2 * SOCKETS_PER_TURN, len(sockets)]


async def test_each_socket_receives_its_frames_in_order_and_once():
    queue = WriteQueue(asyncio.get_running_loop())
    sockets = [RecordingSocket(None) for _ in range(SOCKETS_PER_TURN + 5)]
    queue.put(payloads(1, 2), sockets)
    await asyncio.sleep(0)
    queue.put(payloads(3), sockets[:1])
    queue.put(payloads(4), sockets)
    for _ in range(5):
        await asyncio.sleep(0)
    assert numbers(sockets[0]) == [1, 2, 3, 4]
    assert all(numbers(socket) == [1, 2, 4] for socket in sockets[1:])


async def test_a_socket_added_later_does_not_receive_earlier_frames():
    queue, sockets = WriteQueue(asyncio.get_running_loop()), {RecordingSocket(None)}
    queue.put(payloads(1), sockets)
    sockets.add(late := RecordingSocket(None))
    for _ in range(3):
        await asyncio.sleep(0)
    assert late.frames == []


async def test_an_empty_job_writes_nothing():
    queue = WriteQueue(asyncio.get_running_loop())
    queue.put(payloads(1), [])
    queue.put([], [socket := RecordingSocket(None)])
    await asyncio.sleep(0)
    assert socket.frames == []


async def test_a_call_runs_after_earlier_frames_and_before_later_ones():
    queue = WriteQueue(asyncio.get_running_loop())
    sockets = [RecordingSocket(None) for _ in range(SOCKETS_PER_TURN + 1)]
    seen = []
    queue.put(payloads(1), sockets)
    queue.call_after(lambda: seen.extend(numbers(sockets[-1])))
    queue.put(payloads(2), sockets)
    for _ in range(4):
        await asyncio.sleep(0)
    assert seen == [1]
    assert all(numbers(socket) == [1, 2] for socket in sockets)


async def test_a_failing_call_does_not_stop_the_queue():
    errors = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: errors.append(context["exception"]))
    queue = WriteQueue(loop)
    queue.call_after(lambda: 1 / 0)
    queue.put(payloads(1), [socket := RecordingSocket(None)])
    for _ in range(3):
        await asyncio.sleep(0)
    loop.set_exception_handler(None)
    assert numbers(socket) == [1]
    assert [type(error) for error in errors] == [ZeroDivisionError]


async def test_a_failing_socket_does_not_stop_the_others(caplog):
    class Broken(RecordingSocket):
        def write(self, burst):
            raise RuntimeError("broken")

    queue = WriteQueue(asyncio.get_running_loop())
    sockets = [RecordingSocket(None), Broken(None), RecordingSocket(None)]
    queue.put(payloads(1), sockets)
    for _ in range(2):
        await asyncio.sleep(0)
    assert [numbers(socket) for socket in sockets] == [[1], [], [1]]
    assert "could not be written" in caplog.text
