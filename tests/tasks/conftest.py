import logging
import signal
import threading
import time

import pytest
from django.utils.module_loading import autodiscover_modules

from tasks.api import PACKAGE, task_backends
from tasks.backend import QueueBackend
from tasks.worker import cron
from tasks.worker.worker import Worker
from tests.tasks import jobs
from tests.tasks.processes import WorkerProcess
from tests.tasks.waiting import until

logging.getLogger(PACKAGE).setLevel(logging.WARNING)  # like runworker


def pytest_configure(config):
    config.addinivalue_line("markers", "both_backends: the test uses the backend in memory too")


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("both_backends"):
        metafunc.parametrize("backend", ["redis", "memory"], indirect=True)


IN_MEMORY = {"BACKEND": "tasks.testing.InMemoryBackend", "QUEUES": ["default", "exports"]}


@pytest.fixture
def backend(request, monkeypatch, settings) -> QueueBackend:
    """Returns the default backend, with an empty Redis and no periodic tasks, or the backend in
    memory."""
    if getattr(request, "param", "redis") == "memory":
        settings.TASKS = {"default": IN_MEMORY}
        backend = task_backends["default"]
    else:
        backend = task_backends["default"]
        backend.broker.client.flushdb()
    autodiscover_modules("tasks", "jobs")  # like a worker, before the schedules are removed
    monkeypatch.setattr(cron, "periodic", {})
    jobs.entered.clear()
    jobs.opened.clear()
    yield backend
    jobs.opened.set()


@pytest.fixture
def work(backend):
    """Returns work(), which runs waiting tasks in one thread, without a watcher, and returns the
    worker."""

    def run(**options) -> Worker:
        worker = Worker(backend, threads=1, batch=True, **options)
        worker.heartbeat(time.monotonic())
        worker.state.leased_until = float("inf")  # nobody renews it, so it must not expire
        worker.slots[0].thread.start()
        worker.slots[0].thread.join()
        backend.broker.release(worker.state.name, [worker.slots[0].id])
        return worker

    return run


@pytest.fixture
def start(backend):
    """Returns start(), which starts workers in threads. They are stopped after the test."""
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
    """Returns worker(), which starts worker processes. They end with the test."""
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
