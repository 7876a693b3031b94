"""For the tests of a project that queues tasks: a backend without Redis, and run_all."""

import functools
import time
from typing import Any

from asgiref.sync import sync_to_async
from django.core import checks
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.asyncio import async_unsafe

from . import options, results
from .api import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from .backend import QueueBackend
from .memory_broker import MemoryBroker
from .queue_task import QueueTaskResult
from .worker.worker import Worker

_brokers: dict[str, MemoryBroker] = {}
"""By alias, for all threads of the process; the Tasks API creates a backend in each thread."""


class InMemoryBackend(QueueBackend):
    """Stores tasks in the memory of the process until run_all() runs them. Takes the OPTIONS of
    RedisQueueBackend, without a connection. A failed task is tried again without a delay;
    rate_limit and cron are ignored."""

    supports_cron = False

    @functools.cached_property
    def broker(self) -> MemoryBroker:  # type: ignore[override]
        return _brokers.setdefault(self.alias, MemoryBroker())

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return list(options.check(self.alias, self.params, needs_redis=False))

    @property
    def results(self) -> list[QueueTaskResult]:
        """The results of all tasks, in the order in which they were queued."""
        return [
            results.from_record(id, self.broker.record(id), self.alias)
            for id in list(self.broker.records)
        ]

    def clear(self) -> None:
        """Deletes all tasks and results."""
        self.broker.clear()


@async_unsafe("Call `await arun_all()` in async code.")
def run_all(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> None:
    """Runs the tasks that are due, in the calling thread and so in its transaction. Raises
    KeyboardInterrupt if a task raises it, and redis.RedisError."""
    chosen = task_backends[backend]
    if not isinstance(chosen, QueueBackend):
        raise TypeError(f"TASKS[{backend!r}] is a {type(chosen).__name__}, which has no queue.")
    worker = Worker(chosen, threads=1, batch=True)
    worker.heartbeat(time.monotonic())
    worker.state.leased_until = float("inf")  # nobody renews it while a task runs
    worker.slots[0].run()
    worker.shut_down()
    if worker.state.interrupted:
        raise KeyboardInterrupt


async def arun_all(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> None:
    await sync_to_async(run_all)(backend)


@receiver(setting_changed)
def _forget_brokers(*, setting: str, **_: Any) -> None:
    if setting == "TASKS":
        _brokers.clear()
