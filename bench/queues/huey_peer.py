import os
import sys
from pathlib import Path

from huey import RedisHuey

from bench.queues import work

NAME, LOAD, SLOTS = "Huey, 4 threads", 20_000, 4
queue = RedisHuey("bench", url=os.environ["BENCH_REDIS_URL"])
jobs = {kind: queue.task()(getattr(work, kind)) for kind in ("noop", "stamp", "mark")}


def command(slots: int) -> list[str]:
    consumer = Path(sys.executable).with_name("huey_consumer")
    consumer = consumer if consumer.exists() else consumer.with_suffix(".py")
    return [str(consumer), f"{__name__}.queue", "-w", str(slots), "-k", "thread", "-q"]


def enqueue(kind: str, *args) -> None:
    jobs[kind](*args)
