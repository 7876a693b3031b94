import asyncio
import os
import sys

from arq import create_pool
from arq.connections import RedisSettings

from bench.queues import work

NAME, LOAD, SLOTS = "arq, polling every 10 ms", 10_000, 10


async def noop(context):
    work.noop()


async def stamp(context, sent):
    work.stamp(sent)


async def mark(context, number, seconds):
    await asyncio.to_thread(work.mark, number, seconds)


class WorkerSettings:
    functions = [noop, stamp, mark]
    redis_settings = RedisSettings.from_dsn(os.environ["BENCH_REDIS_URL"])
    max_jobs = int(os.environ.get("BENCH_SLOTS", SLOTS))
    poll_delay = 0.01


runner = asyncio.Runner()
pool = None


def command(slots: int) -> list[str]:
    return [
        "env",
        f"BENCH_SLOTS={slots}",
        sys.executable,
        "-m",
        "arq",
        f"{__name__}.WorkerSettings",
    ]


def enqueue(kind: str, *args) -> None:
    global pool
    pool = pool or runner.run(create_pool(WorkerSettings.redis_settings))
    runner.run(pool.enqueue_job(kind, *args))
