"""How long the event loop was held. Whoever holds it makes all sockets of the process wait."""

import asyncio

EVERY_SECONDS = 0.02


class LoopLag:
    def __init__(self) -> None:
        self._worst = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self._worst = max(self._worst, loop.time() - due)

    def reset(self) -> float:
        """Returns the longest since the last call, in seconds."""
        worst, self._worst = self._worst, 0.0
        return worst
