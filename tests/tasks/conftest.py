import logging
import signal
import threading
import time

import pytest
from django.utils.module_loading import autodiscover_modules

from tasks.api import PACKAGE, task_backends
from tasks.backend import RedisQueueBackend
from tasks.worker import cron
from tasks.worker.worker import Worker
from tests.tasks import jobs
from tests.tasks.processes import WorkerProcess
from tests.tasks.waiting import until

logging.getLogger(PACKAGE).setLevel(logging.WARNING)  # as runworker does


@pytest.fixture
def backend(monkeypatch) -> RedisQueueBackend:
    """The default backend, its Redis empty, and nothing on its schedule."""
    backend = task_backends["default"]
    backend.queue.client.flushdb()
    autodiscover_modules("tasks", "jobs")  # as a worker does, before their schedule is taken away
    monkeypatch.setattr(cron, "periodic", {})
    jobs.entered.clear()
    jobs.opened.clear()
    yield backend
    jobs.opened.set()


@pytest.fixture
def work(backend):
    """Runs waiting tasks in one thread, without a watcher; returns the worker."""

    def run(**options) -> Worker:
        worker = Worker(backend, threads=1, batch=True, **options)
        worker.heartbeat(time.monotonic())
        worker.state.leased_until = float("inf")  # nobody takes it away, and nobody renews it
        worker.slots[0].thread.start()
        worker.slots[0].thread.join()
        backend.queue.release(worker.state.name, [worker.slots[0].id])
        return worker

    return run


@pytest.fixture
def start(backend):
    """Starts workers in threads; all are stopped at the end."""
    workers = []

    def run(**options) -> Worker:
        worker = Worker(backend, **options)
        thread = threading.Thread(target=worker.run)
        thread.start()
        workers.append((worker, thread))
        until(worker.is_busy)
        return worker

    yield run
    jobs.opened.set()
    for worker, thread in workers:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def worker(backend, tmp_path):
    """Starts worker processes, and ends them with the test."""
    started = []

    def run(*arguments: str, **environment: str) -> WorkerProcess:
        output = tmp_path / f"worker{len(started)}.log"
        started.append(one := WorkerProcess(*arguments, output=output, **environment))
        until(lambda: any(" works on " in line for line in one.lines))
        return one

    yield run
    for one in started:
        if one.process.poll() is None:
            one.signal(signal.SIGCONT)
            one.kill()
