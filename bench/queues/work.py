"""The work of the tasks, the same in every queue."""

import itertools
import os
import threading
import time

import redis

REPORT_SECONDS = 0.02

client = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])
numbers = itertools.count()
reporting = False


def noop() -> None:
    """Does nothing but count. A thread writes the count to Redis from time to time."""
    if os.environ.get("BENCH_FORKS"):
        client.hincrby("bench:done", "forks", 1)
        return
    if not reporting:
        start_reporting()
    next(numbers)


def stamp(sent: float) -> None:
    waited = time.time() - sent
    client.sadd("bench:workers", os.getppid() if os.environ.get("BENCH_FORKS") else os.getpid())
    client.rpush("bench:latency", waited)


def mark(number: int, seconds: float) -> None:
    time.sleep(seconds)
    client.sadd("bench:ran", number)


def start_reporting() -> None:
    global reporting
    reporting = True
    threading.Thread(target=_report, daemon=True).start()


def _report() -> None:
    while True:
        time.sleep(REPORT_SECONDS)
        client.hset("bench:done", str(os.getpid()), numbers.__reduce__()[1][0])
