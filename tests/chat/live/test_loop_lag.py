import asyncio
import time

from chat.live.loop_lag import INTERVAL_SECONDS, LoopLag


async def test_reset_returns_the_longest_lag_since_the_last_reset():
    lag = LoopLag()
    task = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(4 * INTERVAL_SECONDS)  # noqa: ASYNC251 - blocks the loop
    await asyncio.sleep(INTERVAL_SECONDS)
    assert lag.reset() >= 2 * INTERVAL_SECONDS
    assert lag.reset() == 0
    task.cancel()
