import asyncio
import time

from chat.lag import EVERY_SECONDS, Lag


async def test_it_is_the_longest_since_it_was_last_asked():
    lag = Lag()
    task = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(4 * EVERY_SECONDS)  # noqa: ASYNC251 - which holds the loop
    await asyncio.sleep(EVERY_SECONDS)
    assert lag.take() >= 2 * EVERY_SECONDS
    assert lag.take() == 0
    task.cancel()
