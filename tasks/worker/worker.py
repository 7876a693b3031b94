"""One worker process: slots that run tasks, and a watcher that keeps leases and deadlines."""

import os
import secrets
import socket
import threading
import time
from itertools import count

from django.utils.module_loading import autodiscover_modules

from tasks import results
from tasks.api import DEFAULT_TASK_QUEUE_NAME, task_finished
from tasks.backend import RedisQueueBackend
from tasks.exceptions import QueueUnavailable, TaskException, WorkerLost
from tasks.logger import logger
from tasks.redis import payload
from tasks.redis.outage import ERRORS, Outage
from tasks.redis.queue import LEASE_SECONDS
from tasks.worker import cron
from tasks.worker.attempt import announce
from tasks.worker.lease_process import Keeper
from tasks.worker.runner import Slot
from tasks.worker.task_log import Report

WATCH_SECONDS = 0.05
TICK_SECONDS = 2.0
OUTAGE_SECONDS = 0.5  # between two looks at a Redis that is away
REAP_AFTER_SECONDS = 2 * TICK_SECONDS  # after an outage everybody's lease has lapsed
LOST = "Each worker that ran it was lost while it ran."


class Worker:
    """`run()` works until `stop()`, or with `batch` until nothing is left to do. With `keep` a
    second process, which begins as a copy of this one, renews the leases as well."""

    def __init__(
        self,
        backend: RedisQueueBackend,
        queues: list[str] | None = None,
        threads: int = 4,
        name: str = "",
        batch: bool = False,
        max_tasks: int = 0,
        grace: float = 30.0,
        keep: bool = False,
    ) -> None:
        self.backend, self.chosen = backend, queues or sorted(backend.queues)
        self.queues = self.chosen or [DEFAULT_TASK_QUEUE_NAME]
        self.batch, self.max_tasks, self.grace = batch, max_tasks, grace
        self.name = f"{name or socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self.started, self.stopping, self.stop_by = time.time(), False, float("inf")
        self.ran, self.turns, self.numbers = 0, count(), count(1)
        self.leased_until = self.next_tick = float("-inf")
        self.connected: float | None = None
        self.trouble, self.report, self.ended = Outage(), Report(), threading.Event()
        self.keeper = Keeper(backend.queue, self.name, threads) if keep else None
        self.slots = [self.slot(place) for place in range(threads)]
        self.abandoned: list[Slot] = []

    def run(self) -> bool:
        """False where a task still runs in a thread that could not be ended."""
        autodiscover_modules("tasks", "jobs")
        logger.info(
            "%s works on %s with %d threads", self.name, ", ".join(self.queues), len(self.slots)
        )
        if self.keeper:
            self.keeper.start()
        self.watch()
        for slot in self.slots:
            slot.thread.start()
        while self.is_busy() and time.monotonic() < self.stop_by:
            self.watch()
            time.sleep(WATCH_SECONDS)
        return self.leave()

    def stop(self) -> None:
        """Take no more, finish what runs within `grace`; the second time: now."""
        now = time.monotonic()
        self.stop_by = now if self.stopping else now + self.grace
        self.stopping, self.next_tick = True, now

    def slot(self, place: int) -> Slot:
        slot = Slot(self, next(self.numbers), place)
        self.set_deadline(slot, 0)
        return slot

    def set_deadline(self, slot: Slot, seconds: float) -> None:
        """When the task of that slot is over its time, by time.monotonic; 0: never."""
        if self.keeper:
            self.keeper.set_deadline(slot.place, slot.number, seconds)

    def is_leased(self) -> bool:
        """Whether others must still leave our tasks alone; not after a stop or a long outage."""
        return time.monotonic() < self.leased_until

    def is_busy(self) -> bool:
        return any(slot.thread.is_alive() for slot in self.slots)

    def watch(self) -> None:
        now = time.monotonic()
        try:
            if now >= self.next_tick:
                self.tick(now)
            for slot in list(self.slots):
                self.look_at(slot, now)
            for slot in self.abandoned:
                slot.exchange()
            self.abandoned.clear()
        except (*ERRORS, QueueUnavailable) as error:
            self.notice(error)
            self.next_tick = now + OUTAGE_SECONDS
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            logger.exception("%s goes on after an error of its own", self.name)

    def look_at(self, slot: Slot, now: float) -> None:
        if slot.abandon(now):
            logger.warning("%s is over its time and was left to itself", slot.running_name)
            self.slots[self.slots.index(slot)] = self.replace(slot)
        elif slot.is_overdue(now):
            slot.hand_back()
            slot.exchange()

    def replace(self, slot: Slot) -> Slot:
        self.abandoned.append(slot)
        fresh = self.slot(slot.place)
        fresh.thread.start()
        return fresh

    def tick(self, now: float) -> None:
        """Raises redis.RedisError."""
        self.next_tick = now + TICK_SECONDS
        self.report.flush()
        if self.keeper:
            self.keeper.see_to()
        queue = self.backend.queue
        if self.stopping:
            queue.call(self.name, len(self.slots))
        self.queues = self.chosen or queue.names() or self.queues  # none chosen: all in use
        reap = self.connected is not None and now - self.connected >= REAP_AFTER_SECONDS
        lost = (results.error(WorkerLost(LOST)), self.backend.failed_ttl)
        again, failed = queue.tick(self.name, [s.id for s in self.slots], self.about(), reap, lost)
        self.leased_until = now + LEASE_SECONDS
        self.connected = self.connected or now
        self.trouble.ended()
        for id in again:
            logger.warning("%s was put back: the worker that ran it is gone", id)
        for id in failed:
            self.report_lost(id)
        if not self.stopping:
            cron.queue_due(self.backend)

    def about(self) -> bytes:
        """What the inspection pages show of this worker."""
        running = [execution for slot in self.slots if (execution := slot.running)]
        return payload.dumps(
            {
                "name": self.name,
                "pid": os.getpid(),
                "queues": self.queues,
                "threads": len(self.slots),
                "started": self.started,
                "ran": self.ran,
                "stopping": self.stopping,
                "running": [{"id": e.claim.id, "name": e.name, "since": e.began} for e in running],
            }
        )

    def report_lost(self, id: str) -> None:
        logger.error("%s failed: %s", id, LOST)
        try:
            result = self.backend.get_result(id)
        except TaskException:
            return  # without its function, or kept for 0 seconds
        announce(task_finished, self.backend, result)

    def notice(self, error: Exception) -> None:
        """Redis did not answer; the next tick tells whether it is back."""
        self.connected, self.next_tick = None, time.monotonic()
        self.trouble.began(error)

    def wait(self) -> None:
        """A slot waits before it asks Redis again."""
        self.ended.wait(OUTAGE_SECONDS)

    def order(self) -> list[str]:
        """The queues, another one first each time: a full one does not starve the others."""
        first = next(self.turns) % len(self.queues)
        return self.queues[first:] + self.queues[:first]

    def count(self, tasks: int) -> None:
        self.ran += tasks
        if self.max_tasks and self.ran >= self.max_tasks and not self.stopping:
            self.stop()

    def leave(self) -> bool:
        """Hand in what is finished, put back what is not, give up the leases."""
        slots, back = [*self.slots, *self.abandoned], 0
        try:
            self.backend.queue.call(self.name, len(slots))
            for slot in slots:
                slot.end_if_idle()
                slot.hand_back()
                slot.exchange()
            back = len(self.backend.queue.leave(self.name, [slot.id for slot in slots]))
            for slot in slots:
                slot.give_up()
        except ERRORS as error:
            logger.warning("What was running will be taken up when its lease lapses (%s)", error)
        if self.keeper:
            self.keeper.stop()
        self.report.flush()
        logger.info("%s ends after %d tasks, %d put back", self.name, self.ran, back)
        return not self.is_busy()
