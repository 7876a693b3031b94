"""Writes to many sockets, a hundred in each turn, so that 10,000 sockets do not block the loop."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from chat.live.connections import FrameBatch, Socket

SOCKETS_PER_TURN = 100

logger = logging.getLogger(__name__)


class WriteQueue:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Iterator[None]] = deque()
        self._scheduled = False

    def put(self, payloads: list[bytes], sockets: Iterable[Socket]) -> None:
        """Queues payloads for the sockets that are in `sockets` now. The order of calls is kept."""
        if payloads and (targets := list(sockets)):
            self._add(_writing(FrameBatch(payloads), targets))

    def call_after(self, work: Callable[[], None]) -> None:
        """Calls `work` in a later turn of the loop, after all queued payloads are written."""
        self._add(_calling(work))

    def _add(self, job: Iterator[None]) -> None:
        self._jobs.append(job)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        budget = SOCKETS_PER_TURN
        try:
            while self._jobs and budget:
                budget -= sum(1 for _ in islice(self._jobs[0], budget))
                if budget:
                    self._jobs.popleft()
        finally:
            if self._jobs:
                self._schedule()


def _writing(batch: FrameBatch, sockets: list[Socket]) -> Iterator[None]:
    for socket in sockets:
        try:
            socket.write(batch)
        except Exception:  # go on with the other sockets
            logger.exception("A socket could not be written to")
        yield


def _calling(work: Callable[[], None]) -> Iterator[None]:
    work()
    yield
