import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.timesince import timesince

from ...api import DEFAULT_TASK_BACKEND_ALIAS
from ...backend import RedisQueueBackend
from ...redis.client import ERRORS, describe_error
from ...stats.inspection import STATES, Inspection, QueueState
from ..backends import get_backend

CLEAR = "\033[2J\033[H"
WATCH_SECONDS = 1.0


class Command(BaseCommand):
    help = "Show the task queues and their workers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", default=DEFAULT_TASK_BACKEND_ALIAS, help="alias in TASKS")
        parser.add_argument("--watch", action="store_true", help="update the output every second")

    def handle(self, **options: Any) -> None:
        backend = get_backend(options["backend"])
        try:
            while options["watch"]:
                self.stdout.write(CLEAR + self.screen(backend))
                time.sleep(WATCH_SECONDS)
            self.stdout.write(self.screen(backend))
        except ERRORS as error:
            raise CommandError(describe_error(error)) from error
        except KeyboardInterrupt:
            pass

    def screen(self, backend: RedisQueueBackend) -> str:
        inspection = Inspection(backend)
        queues = [inspection.queue(name) for name in inspection.names()]
        return "\n".join([*_queue_lines(queues), "", *_worker_lines(inspection.workers())])


def _queue_lines(queues: list[QueueState]) -> Iterator[str]:
    yield _row("queue", *STATES, "per hour", "mean wait", "mean time")
    for queue in queues:
        depths = [str(queue.depths[state]) for state in STATES]
        times = _milliseconds(queue.waited_ms), _milliseconds(queue.took_ms)
        yield _row(queue.name, *depths, str(queue.done), *times)


def _worker_lines(workers: list[dict[str, Any]]) -> Iterator[str]:
    if not workers:
        yield "No worker is running. Start one with `manage.py runworker`."
    for worker in workers:
        since = timesince(worker["started"], timezone.now())
        yield f"{worker['name']}: {worker['ran']} tasks in {since}, {worker['threads']} threads"
        for task in worker["running"]:
            yield f"  {task['name']} ({task['id']}) since {task['since']:%H:%M:%S}"


def _row(name: str, *cells: str) -> str:
    return f"{name:<20}" + "".join(f"{cell:>11}" for cell in cells)


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
