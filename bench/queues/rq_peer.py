import os
import sys

import redis
from rq import Queue

from bench.queues import work

NAME, LOAD, SLOTS = "RQ, SimpleWorker", 2_000, 1
queue = Queue(connection=redis.Redis.from_url(os.environ["BENCH_REDIS_URL"]))


def command(slots: int) -> list[str]:
    options = [
        "--url",
        os.environ["BENCH_REDIS_URL"],
        "--worker-class",
        "rq.SimpleWorker",
        "--quiet",
    ]
    return [sys.executable, "-m", "rq.cli", "worker", *options]


def enqueue(kind: str, *args) -> None:
    queue.enqueue(getattr(work, kind), *args)
