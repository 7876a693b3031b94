"""How long a connection that was closed is kept for its peer to read the close frame."""

from types import SimpleNamespace

import pytest

from chatsite.serving.websocket_protocol import CLOSE_WAITS_MAX, DirectProtocol


class Closing(DirectProtocol):
    """Closed with `left` bytes that the peer has not read. Time passes with `wait()`."""

    def __init__(self, left: int) -> None:
        self.left, self.ended = left, ""
        self.loop = SimpleNamespace(call_later=self.call_later)
        self.transport = SimpleNamespace(
            abort=lambda: self.end("aborted"), close=lambda: self.end("closed")
        )
        self.seconds = 0.0
        self._wait_for_close(10, CLOSE_WAITS_MAX)

    def call_later(self, seconds, function, *arguments):
        self.timer = seconds, function, arguments

    def buffered(self) -> int:
        return self.left

    def end(self, how: str) -> None:
        self.ended = how

    def wait(self, read: int = 0) -> str:
        self.left = max(self.left - read, 0)
        seconds, function, arguments = self.timer
        self.seconds += seconds
        function(*arguments)
        return self.ended


def test_somebody_who_never_reads_is_broken_off_in_time():
    connection = Closing(1_000_000)
    assert connection.wait() == "aborted"
    assert connection.seconds == 10


def test_somebody_who_reads_slowly_may_read_to_the_end():
    connection = Closing(1_000_000)
    assert [connection.wait(read=400_000) for _ in range(3)] == ["", "", "closed"]


def test_somebody_who_stops_again_is_broken_off():
    connection = Closing(1_000_000)
    assert [connection.wait(read=400_000), connection.wait()] == ["", "aborted"]


@pytest.mark.parametrize("step", [1, 100])
def test_a_byte_at_a_time_is_not_enough(step):
    connection = Closing(1_000_000)
    assert [connection.wait(read=step) for _ in range(CLOSE_WAITS_MAX)][-1] == "aborted"
