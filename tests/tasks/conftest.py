import time

import pytest
from django_tasks import task_backends

from tasks.backend import RedisQueueBackend
from tasks.worker import Worker
from tests.tasks import jobs


@pytest.fixture
def backend() -> RedisQueueBackend:
    """The default backend, its Redis empty."""
    backend = task_backends["default"]
    backend.queue.client.flushdb()
    jobs.opened.clear()
    yield backend
    jobs.opened.set()


@pytest.fixture
def work(backend):
    """Does what is waiting, in the calling thread; returns the worker."""

    def run(**options) -> Worker:
        worker = Worker(backend, threads=1, batch=True, **options)
        worker.tick(time.monotonic())
        worker.slots[0].run()
        return worker

    return run
