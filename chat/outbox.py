"""Writing to many sockets a hundred at a time, so that 10,000 of them never hold the loop."""

import asyncio
from collections import deque
from collections.abc import Iterable

from chat.sockets import Burst, Socket

SOCKETS_PER_TURN = 100


class Outbox:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[tuple[Burst, deque[Socket]]] = deque()
        self._scheduled = False

    def put(self, payloads: list[bytes], sockets: Iterable[Socket]) -> None:
        """Whoever is in `sockets` now gets it, in the order of the calls."""
        if payloads and (targets := deque(sockets)):
            self._jobs.append((Burst(payloads), targets))
            self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        budget = SOCKETS_PER_TURN
        while self._jobs and budget:
            burst, targets = self._jobs[0]
            while targets and budget:
                targets.popleft().write(burst)
                budget -= 1
            if not targets:
                self._jobs.popleft()
        if self._jobs:
            self._schedule()
