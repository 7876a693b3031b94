"""A worker process: slots that run tasks, and a watcher that renews leases and ends tasks that are
over their timeouts."""

import os
import time
from itertools import count

from django.utils.module_loading import autodiscover_modules

from .. import results
from ..api import task_finished
from ..backend import QueueBackend
from ..exceptions import QueueUnavailable, TaskException, WorkerLost
from ..logger import logger
from ..redis import payload
from ..redis.client import ERRORS
from . import cron
from .attempt import announce
from .lease_process import LeaseProcess
from .runner import Slot
from .state import OUTAGE_SECONDS, WorkerState

WATCH_SECONDS = 0.05
HEARTBEAT_SECONDS = 2.0
REAP_AFTER_SECONDS = 2 * HEARTBEAT_SECONDS  # after an outage the leases of all workers have expired
LOST = "The workers of all attempts ended while they ran the task."


class Worker:
    """`run()` runs tasks until `stop()`, or with `batch` until no task is left. With
    `lease_process` a second process, which begins as a copy of this one, also renews the leases."""

    def __init__(
        self,
        backend: QueueBackend,
        queues: list[str] | None = None,
        threads: int = 4,
        name: str = "",
        batch: bool = False,
        max_tasks: int = 0,
        grace: float = 30.0,
        lease_process: bool = False,
    ) -> None:
        self.backend, self.started, self.numbers = backend, time.time(), count(1)
        self.state = state = WorkerState(backend, queues, name, batch, max_tasks, grace)
        if lease_process:
            state.lease_process = LeaseProcess(backend.broker, state.name, threads)
        self.slots = [Slot(state, next(self.numbers), place) for place in range(threads)]
        self.abandoned: list[Slot] = []

    def run(self) -> bool:
        """Runs the worker. Returns False if a task still runs in a thread that could not be
        stopped."""
        autodiscover_modules("tasks", "jobs")
        queues = ", ".join(self.state.queues)
        logger.info("%s works on %s with %d threads", self.state.name, queues, len(self.slots))
        if self.state.lease_process:
            self.state.lease_process.start()
        self.watch()
        for slot in self.slots:
            slot.thread.start()
        while self.is_busy() and time.monotonic() < self.state.stop_deadline:
            self.watch()
            time.sleep(WATCH_SECONDS)
        return self.shut_down()

    def stop(self) -> None:
        self.state.stop()

    def is_busy(self) -> bool:
        return any(slot.thread.is_alive() for slot in self.slots)

    def watch(self) -> None:
        now = time.monotonic()
        try:
            if now >= self.state.next_heartbeat:
                self.heartbeat(now)
            for slot in list(self.slots):
                self.check_slot(slot, now)
            for slot in self.abandoned:
                slot.settle_and_claim()
            self.abandoned.clear()
        except (*ERRORS, QueueUnavailable) as error:
            self.state.record_outage(error)
            self.state.next_heartbeat = now + OUTAGE_SECONDS
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            logger.exception("%s continues after an internal error", self.state.name)

    def heartbeat(self, now: float) -> None:
        """Renews the leases, queues periodic tasks and flushes the log. Raises redis.RedisError."""
        state, broker = self.state, self.backend.broker
        state.next_heartbeat = now + HEARTBEAT_SECONDS
        state.task_log.flush()
        if state.lease_process:
            state.lease_process.restart_if_ended()
        if state.stopping:
            broker.wake(state.name, len(self.slots))
        state.queues = (
            state.chosen_queues or broker.names() or state.queues
        )  # all, if none were chosen
        self.renew_and_reap(now)
        if not state.stopping:
            cron.enqueue_due(self.backend)

    def renew_and_reap(self, now: float) -> None:
        since, slots = self.state.connected_since, [slot.id for slot in self.slots]
        reap = since is not None and now - since >= REAP_AFTER_SECONDS
        lost = (results.error_record(WorkerLost(LOST)), self.backend.failed_ttl)
        requeued, failed = self.backend.broker.heartbeat(
            self.state.name, slots, self.status(), reap, lost
        )
        self.state.record_renewal(now)
        for id in requeued:
            logger.warning("%s was put back: its worker has ended", id)
        for id in failed:
            self.announce_lost(id)

    def status(self) -> bytes:
        """Returns the status of this worker for the inspection pages."""
        running = [attempt for slot in self.slots if (attempt := slot.running)]
        return payload.dumps(
            {
                "name": self.state.name,
                "pid": os.getpid(),
                "queues": self.state.queues,
                "threads": len(self.slots),
                "started": self.started,
                "ran": self.state.ran,
                "stopping": self.state.stopping,
                "running": [{"id": a.claim.id, "name": a.name, "since": a.began} for a in running],
            }
        )

    def announce_lost(self, id: str) -> None:
        logger.error("%s failed: %s", id, LOST)
        try:
            result = self.backend.get_result(id)
        except TaskException:
            return  # its function is missing, or it is kept for 0 seconds
        announce(task_finished, self.backend, result)

    def check_slot(self, slot: Slot, now: float) -> None:
        if slot.abandon_if_over(now):
            logger.warning("%s is over its timeout and was abandoned", slot.running_name)
            self.replace(slot)
        elif slot.delays_others(now):
            slot.unclaim()
            slot.settle_and_claim()

    def replace(self, slot: Slot) -> None:
        self.abandoned.append(slot)
        replacement = Slot(self.state, next(self.numbers), slot.place)
        replacement.thread.start()
        self.slots[self.slots.index(slot)] = replacement

    def shut_down(self) -> bool:
        """Settles finished tasks, puts the others back, and releases the leases."""
        requeued = 0
        try:
            requeued = self.settle_and_release()
        except ERRORS as error:
            logger.warning("The running tasks wait until their leases expire (%s)", error)
        if self.state.lease_process:
            self.state.lease_process.stop()
        self.state.task_log.flush()
        logger.info(
            "%s ends after %d tasks, %d put back", self.state.name, self.state.ran, requeued
        )
        return not self.is_busy()

    def settle_and_release(self) -> int:
        """Returns the number of tasks that were put back."""
        slots = [*self.slots, *self.abandoned]
        self.backend.broker.wake(self.state.name, len(slots))
        for slot in slots:
            slot.join_if_idle()
            slot.unclaim()
            slot.settle_and_claim()
        requeued = self.backend.broker.release(self.state.name, [slot.id for slot in slots])
        for slot in slots:
            slot.abandon()
        return len(requeued)
