import os
import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...api import DEFAULT_TASK_BACKEND_ALIAS
from ...logger import configure
from ...worker import reload
from ...worker.supervisor import Supervisor, stop_on_signals
from ...worker.worker import Worker
from ..backends import get_backend


class Command(BaseCommand):
    help = "Run queued tasks."
    requires_system_checks: list[
        str
    ] = []  # they would import all pages; the checks of tasks run below

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--backend", default=DEFAULT_TASK_BACKEND_ALIAS, help="alias in TASKS (default)")
        add("--queues", type=lambda text: text.split(","), help="a,b (all)")
        add("--processes", type=int, default=1, help="worker processes (1)")
        add("--threads", type=int, default=4, help="threads of each process (4)")
        add(
            "--max-tasks",
            type=int,
            default=0,
            help="restart a process after this number of tasks (never)",
        )
        add(
            "--grace",
            type=float,
            default=30.0,
            help="seconds to finish running tasks after a stop (30)",
        )
        add("--batch", action="store_true", help="run the waiting tasks, then exit")
        add("--reload", action="store_true", help="restart when the code changes")
        add("--json-logs", action="store_true", help="log one JSON object per line")
        add("--name", default="", help="prefix of the worker's name (the host name)")

    def handle(self, **options: Any) -> None:
        configure(options["json_logs"], options["verbosity"])
        worker = _worker(options)
        stop_on_signals(worker.stop)
        changed = reload.stop_on_change(worker.stop) if options["reload"] else None
        ended = worker.run()
        if changed and changed.is_set():
            reload.restart()
        if not ended:
            # A thread that cannot be stopped must not keep the process alive, or run at its end.
            sys.stdout.flush()
            os._exit(0)


def _worker(options: dict[str, Any]) -> Worker | Supervisor:
    """Returns a function that creates a worker. Raises CommandError if TASKS is invalid, a queue is
    unknown, or nothing would run."""
    for name in ("processes", "threads"):
        if options[name] < 1:
            raise CommandError(f"--{name} must be at least 1.")
    backend = get_backend(options["backend"])
    for message in backend.check():
        if message.is_serious():
            raise CommandError(str(message))
    unknown = set(options["queues"] or ()) - backend.queues
    if backend.queues and unknown:
        raise CommandError(f"Not among the QUEUES of TASKS: {', '.join(sorted(unknown))}.")
    names = ("queues", "threads", "name", "batch", "max_tasks", "grace")
    create = partial(Worker, backend, lease_process=True, **{name: options[name] for name in names})
    if options["processes"] == 1 and not options["max_tasks"]:
        return create()
    return Supervisor(create, options["processes"], options["batch"])
