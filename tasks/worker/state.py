"""The state that the watcher and the slots of a worker share."""

import os
import secrets
import socket
import time
from itertools import count

from ..api import DEFAULT_TASK_QUEUE_NAME
from ..backend import QueueBackend
from ..logger import logger
from ..redis.broker import LEASE_SECONDS
from .lease_process import LeaseProcess
from .task_log import TaskLog

OUTAGE_SECONDS = 0.5  # between two attempts to reach a Redis that is away


class WorkerState:
    """State without a lock, because a slightly old value does no harm."""

    def __init__(
        self,
        backend: QueueBackend,
        queues: list[str] | None = None,
        name: str = "",
        batch: bool = False,
        max_tasks: int = 0,
        grace: float = 30.0,
    ) -> None:
        self.backend, self.batch, self.max_tasks, self.grace = backend, batch, max_tasks, grace
        self.chosen_queues = queues or sorted(backend.queues)
        self.queues = self.chosen_queues or [DEFAULT_TASK_QUEUE_NAME]
        self.name = f"{name or socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self.stopping, self.stop_deadline = False, float("inf")
        self.interrupted = False
        self.leased_until = self.next_heartbeat = float("-inf")
        self.connected_since: float | None = None
        self.ran, self.rotation, self.task_log = 0, count(), TaskLog()
        self.lease_process: LeaseProcess | None = None

    def stop(self) -> None:
        """Stops claiming, and finishes the running tasks within `grace` seconds; the second call
        ends it immediately."""
        now = time.monotonic()
        self.stop_deadline = now if self.stopping else now + self.grace
        self.stopping, self.next_heartbeat = True, now

    def interrupt(self) -> None:
        """Stops the worker after KeyboardInterrupt in a task, as Ctrl-C does."""
        self.interrupted = True
        if not self.stopping:
            logger.warning("%s stops because of KeyboardInterrupt in a task", self.name)
            self.stop()

    def is_leased(self) -> bool:
        """Returns whether the leases are still valid, so that no other worker runs our tasks; false
        after a stop or a long outage."""
        return time.monotonic() < self.leased_until

    def record_renewal(self, now: float) -> None:
        self.leased_until = now + LEASE_SECONDS
        self.connected_since = self.connected_since or now
        self.backend.outage.report_success()

    def record_outage(self, error: Exception) -> None:
        """Records that Redis did not respond. The next heartbeat checks whether it is back."""
        self.connected_since, self.next_heartbeat = None, time.monotonic()
        self.backend.outage.report_failure(error)

    def rotated_queues(self) -> list[str]:
        """Returns the queues, each time with another one first, so that a full queue does not
        starve the others."""
        first = next(self.rotation) % len(self.queues)
        return self.queues[first:] + self.queues[:first]

    def count_ran(self, tasks: int) -> None:
        self.ran += tasks
        if self.max_tasks and self.ran >= self.max_tasks and not self.stopping:
            self.stop()

    def set_deadline(self, place: int, number: int, seconds: float) -> None:
        """Sets the deadline of the task that the slot with that number runs, by time.monotonic; 0
        for none."""
        if self.lease_process:
            self.lease_process.set_deadline(place, number, seconds)
