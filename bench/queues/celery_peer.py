import os
import sys

from celery import Celery

from bench.queues import work

NAME, LOAD, SLOTS = "Celery, 8 threads, with results", 6_000, 8
url = os.environ["BENCH_REDIS_URL"]
app = Celery("bench", broker=url, backend=url)
jobs = {kind: app.task(getattr(work, kind), name=kind) for kind in ("noop", "stamp", "mark")}


def command(slots: int) -> list[str]:
    options = ["--pool", "threads", "--concurrency", str(slots), "--loglevel", "ERROR"]
    return [sys.executable, "-m", "celery", "-A", f"{__name__}:app", "worker", *options]


def enqueue(kind: str, *args) -> None:
    jobs[kind].delay(*args)
