"""Waits for what no event tells."""

import asyncio
from collections.abc import Callable

WITHIN_SECONDS = 30
STEP_SECONDS = 0.01


async def until(condition: Callable[[], object]) -> None:
    """Lets other tasks of the loop go on meanwhile. Raises TimeoutError."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(STEP_SECONDS)
