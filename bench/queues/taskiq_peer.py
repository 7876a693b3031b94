import asyncio
import os
import sys

from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

from bench.queues import work

NAME, LOAD, SLOTS = "taskiq, list, with results", 10_000, 100
url = os.environ["BENCH_REDIS_URL"]
broker = ListQueueBroker(url).with_result_backend(RedisAsyncResultBackend(url))


@broker.task
async def noop():
    work.noop()


@broker.task
async def stamp(sent):
    work.stamp(sent)


@broker.task
async def mark(number, seconds):
    await asyncio.to_thread(work.mark, number, seconds)


jobs = {"noop": noop, "stamp": stamp, "mark": mark}
runner = asyncio.Runner()


def command(slots: int) -> list[str]:
    options = ["--workers", "1", "--max-async-tasks", str(slots), "--log-level", "ERROR"]
    return [sys.executable, "-m", "taskiq", "worker", f"{__name__}:broker", *options]


def enqueue(kind: str, *args) -> None:
    runner.run(jobs[kind].kiq(*args))
