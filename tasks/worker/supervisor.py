"""Runs several worker processes, and replaces the ones that end."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

from django.db import connections

from ..logger import logger
from .worker import Worker

RESTART_SECONDS = 1.0  # between two starts, if a process dies immediately
fork = multiprocessing.get_context("fork")  # shares the imported modules


class Supervisor:
    """`run()` keeps `processes` workers running until `stop()`; with `batch` until no task is
    left."""

    def __init__(self, create: Callable[[], Worker], processes: int, batch: bool) -> None:
        self.create, self.processes, self.batch = create, processes, batch
        self.children: list[ForkProcess] = []
        self.stopping = False
        self.started = float("-inf")

    def run(self) -> bool:
        connections.close_all()  # a connection must not be shared with a child
        for _ in range(self.processes):
            self.start()
        while self.children:
            wait([child.sentinel for child in self.children])
            for child in [child for child in self.children if not child.is_alive()]:
                self.replace(child)
        return True

    def stop(self) -> None:
        self.stopping = True
        for child in self.children:
            child.terminate()

    def start(self) -> None:
        child = fork.Process(target=run_child, args=[self.create])
        child.start()
        self.children.append(child)
        self.started = time.monotonic()
        if self.stopping:  # while it was being started
            child.terminate()

    def replace(self, child: ForkProcess) -> None:
        self.children.remove(child)
        if child.exitcode:
            logger.error("Worker process %s died (%s)", child.pid, _cause(child.exitcode))
        if not self.stopping and (child.exitcode or not self.batch):
            time.sleep(max(0.0, self.started + RESTART_SECONDS - time.monotonic()))
            self.start()


def run_child(create: Callable[[], Worker]) -> None:
    """Runs a worker that ends with its parent, even if the parent is killed."""
    worker = create()
    stop_on_signals(worker.stop)
    threading.Thread(target=_stop_with_parent, args=[worker], daemon=True).start()
    worker.run()
    sys.stdout.flush()
    os._exit(0)  # without waiting for threads that cannot be stopped


def stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _stop_with_parent(worker: Worker) -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        worker.stop()


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
