import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.queues.settings")
django.setup()

from bench.queues import ours_jobs  # noqa: E402

NAME, LOAD, SLOTS = "ours, 4 threads", 150_000, 4


def command(slots: int) -> list[str]:
    return [sys.executable, "-m", "django", "runworker", "--threads", str(slots)]


def enqueue(kind: str, *args) -> None:
    getattr(ours_jobs, kind).enqueue(*args)


def enqueue_many(kind: str, arguments: list[tuple]) -> None:
    getattr(ours_jobs, kind).enqueue_many(arguments)
