import logging
import os
import signal
import sys
from argparse import ArgumentParser
from typing import Any, cast

from django.core.management.base import BaseCommand
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends

from tasks import reload
from tasks.backend import RedisQueueBackend
from tasks.worker import Worker


class Command(BaseCommand):
    help = "Run the tasks that were queued."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", default=DEFAULT_TASK_BACKEND_ALIAS, help="alias in TASKS")
        parser.add_argument("--queues", type=lambda text: text.split(","), help="a,b (all)")
        parser.add_argument("--threads", type=int, default=4, help="tasks at a time (4)")
        parser.add_argument("--max-tasks", type=int, default=0, help="start anew after so many")
        parser.add_argument("--batch", action="store_true", help="do what is waiting, then end")
        parser.add_argument("--grace", type=float, default=30.0, help="seconds to finish in (30)")
        parser.add_argument("--reload", action="store_true", help="start anew when code changes")
        parser.add_argument("--name", default="", help="of this worker (the host's)")

    def handle(self, **options: Any) -> None:
        backend = cast("RedisQueueBackend", task_backends[options["backend"]])
        worker = Worker(
            backend,
            queues=options["queues"],
            threads=options["threads"],
            name=options["name"],
            batch=options["batch"],
            max_tasks=options["max_tasks"],
            grace=options["grace"],
        )
        logging.getLogger("django_tasks").setLevel(logging.WARNING)  # our lines say more
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        changed = reload.watch(worker.stop) if options["reload"] else None
        ended = worker.run()
        if changed and changed.is_set():
            reload.start_anew()
        if not ended:
            # A thread that cannot be ended must neither keep the process nor see it torn down.
            sys.stdout.flush()
            os._exit(0)
