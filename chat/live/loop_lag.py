"""Measures how long the event loop was blocked, which delays all sockets of the process."""

import asyncio

INTERVAL_SECONDS = 0.02


class LoopLag:
    def __init__(self) -> None:
        self._longest = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL_SECONDS
            await asyncio.sleep(INTERVAL_SECONDS)
            self._longest = max(self._longest, loop.time() - due)

    def reset(self) -> float:
        """Returns the longest delay since the last call, in seconds."""
        longest, self._longest = self._longest, 0.0
        return longest
