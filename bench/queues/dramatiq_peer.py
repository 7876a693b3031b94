import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.queues import work

NAME, LOAD, SLOTS = "Dramatiq, 8 threads", 20_000, 8
dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_REDIS_URL"]))
jobs = {kind: dramatiq.actor(getattr(work, kind)) for kind in ("noop", "stamp", "mark")}


def command(slots: int) -> list[str]:
    options = ["--processes", "1", "--threads", str(slots)]
    return [sys.executable, "-m", "dramatiq", __name__, *options]


def enqueue(kind: str, *args) -> None:
    jobs[kind].send(*args)
