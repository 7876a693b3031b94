"""Helpers for the tests of a project that queues tasks."""

from .api import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from .worker.worker import Worker


def run_all(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> None:
    """Runs the tasks that are due, in the calling thread and so in its transaction."""
    worker = Worker(task_backends[backend], threads=1, batch=True)  # type: ignore[arg-type]
    worker.watch()
    worker.slots[0].run()
    worker.shut_down()
