"""What the tasks do, whichever queue runs them."""

import itertools
import os
import threading
import time

import redis

COUNT_SECONDS = 0.02

client = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])
numbers = itertools.count()
counting = False


def noop() -> None:
    """Counted in memory, and the count told to Redis now and then: a task that does nothing."""
    if os.environ.get("BENCH_FORKS"):
        client.hincrby("bench:done", "forks", 1)
        return
    if not counting:
        count_aloud()
    next(numbers)


def stamp(sent: float) -> None:
    waited = time.time() - sent
    client.sadd("bench:workers", os.getppid() if os.environ.get("BENCH_FORKS") else os.getpid())
    client.rpush("bench:latency", waited)


def mark(number: int, seconds: float) -> None:
    time.sleep(seconds)
    client.sadd("bench:ran", number)


def count_aloud() -> None:
    global counting
    counting = True
    threading.Thread(target=_count, daemon=True).start()


def _count() -> None:
    while True:
        time.sleep(COUNT_SECONDS)
        client.hset("bench:done", str(os.getpid()), numbers.__reduce__()[1][0])
