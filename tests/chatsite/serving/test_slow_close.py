"""A closed connection stays for a while, so that its peer can read the close frame."""

from types import SimpleNamespace

import pytest

from chatsite.serving.websocket_protocol import CLOSE_WAITS_MAX, DirectProtocol


class Closing(DirectProtocol):
    """A connection that was closed while the peer had not read `left` bytes. Time passes with
    `wait()`."""

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


def test_a_peer_that_never_reads_is_aborted_in_time():
    connection = Closing(1_000_000)
    assert connection.wait() == "aborted"
    assert connection.seconds == 10


def test_a_slow_peer_may_read_to_the_end():
    connection = Closing(1_000_000)
    assert [connection.wait(read=400_000) for _ in range(3)] == ["", "", "closed"]


def test_a_peer_that_stops_reading_is_aborted():
    connection = Closing(1_000_000)
    assert [connection.wait(read=400_000), connection.wait()] == ["", "aborted"]


@pytest.mark.parametrize("step", [1, 100])
def test_reading_single_bytes_is_not_enough(step):
    connection = Closing(1_000_000)
    assert [connection.wait(read=step) for _ in range(CLOSE_WAITS_MAX)][-1] == "aborted"
