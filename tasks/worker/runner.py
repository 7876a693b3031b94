"""A slot runs one task at a time, in a thread of its own."""

import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from django.db import connections

from tasks.logger import logger
from tasks.redis.outage import ERRORS
from tasks.redis.queue import Claim, Exchange, Outcome
from tasks.worker.attempt import Execution

if TYPE_CHECKING:
    from tasks.worker.worker import Worker

BATCH_SECONDS = 0.010  # what the tasks claimed together should take
BATCH_MAX = 64
BATCH_OVERDUE_SECONDS = 0.1
IDLE_SECONDS = 2.0  # below the client's socket timeout


class Slot:
    """Claims a few tasks, runs them one after the other, and hands in their outcomes with the next
    claim. The watcher, in another thread, calls exchange, hand_back and abandon."""

    def __init__(self, worker: "Worker", number: int, place: int) -> None:
        self.worker, self.id = worker, f"{worker.name}.{number}"
        self.number, self.place = number, place
        self.thread = threading.Thread(target=self.run, name=self.id, daemon=True)
        self.lock = threading.Lock()  # guards the next four
        self.claims: deque[Claim] = deque()
        self.outcomes: list[Outcome] = []
        self.running: Execution | None = None
        self.abandoned = False
        self.exchanging = threading.Lock()  # outcomes on their way are not taken for lost claims
        self.size, self.batch_began, self.limited = 1, 0.0, False

    def run(self) -> None:
        while not self.abandoned:
            try:
                if not self.turn():
                    return
            except ERRORS as error:
                self.worker.notice(error)
                if self.worker.stopping and not self.outcomes:
                    return
                self.worker.wait()
            except BaseException:  # also what leaves an interpreter: a slot stays
                logger.exception("%s goes on after an error of its own", self.id)
                self.worker.wait()

    def turn(self) -> bool:
        """One batch, or one wait for it; False when this slot is to end."""
        self.recover()
        stopping, leased = self.worker.stopping, self.worker.is_leased()
        reply = self.exchange(self.size if leased and not stopping else 0)
        if stopping:
            return False
        if not leased:
            self.worker.wait()
        elif reply.claims:
            self.work(reply.claims)
        elif self.worker.batch:
            return False
        else:
            seconds = min(IDLE_SECONDS, reply.due_in or IDLE_SECONDS)
            self.wait(max(0.001, seconds))
        return True

    def wait(self, seconds: float) -> None:
        """Until somebody queues a task, or calls."""
        self.worker.backend.queue.wait(self.worker.name, self.worker.queues, seconds)

    def exchange(self, want: int = 0) -> Exchange:
        """Raises redis.RedisError; the outcomes then wait for the next time."""
        with self.exchanging:
            with self.lock:
                outcomes, self.outcomes = self.outcomes, []
            try:
                reply = self.worker.backend.queue.exchange(
                    self.id, outcomes, want, self.worker.order()
                )
            except BaseException:
                with self.lock:
                    self.outcomes = outcomes + self.outcomes
                raise
        for id in reply.refused:
            logger.info("%s is no longer ours: its lease had lapsed", id)
        return reply

    def work(self, claims: list[Claim]) -> None:
        self.batch_began = began = time.monotonic()
        self.claims.extend(claims)
        tidy_connections()
        ended = []
        while (execution := self.next()) is not None:
            outcome = execution.run()
            if not self.end(outcome):
                return
            ended.append((execution, outcome))
            tidy_connections()
        keep_standard_files()
        self.worker.report.add(ended)
        self.adapt(len(ended), time.monotonic() - began)
        self.worker.count(len(ended))

    def next(self) -> Execution | None:
        if self.worker.stopping or not self.worker.is_leased():
            self.hand_back()
        with self.lock:
            self.running = None
            if self.claims:
                self.running = Execution(
                    self.claims.popleft(), self.id, self.worker.backend, self.limit
                )
            return self.running

    def limit(self, timeout: float | None) -> None:
        """The running task has a timeout, or has ended."""
        if timeout:
            self.limited = True
            self.worker.set_deadline(self, time.monotonic() + timeout)
        elif self.limited:
            self.limited = False
            self.worker.set_deadline(self, 0)

    def end(self, outcome: Outcome) -> bool:
        with self.lock:
            if not self.abandoned:
                self.outcomes.append(outcome)
                self.running = None
                self.limit(None)
            return not self.abandoned

    def recover(self) -> None:
        """After an error of ours: what ran has ended, what did not begin goes back. Without an
        outcome both would be taken for claims that never arrived, and begin again."""
        with self.lock:
            if self.running and not self.abandoned:
                self.outcomes.append(self.running.unreported())
                self.running = None
                self.limit(None)
        if self.claims:
            self.hand_back()

    def adapt(self, ran: int, seconds: float) -> None:
        if ran:
            fitting = int(BATCH_SECONDS * ran / max(seconds, 1e-6))
            self.size = max(1, min(fitting, self.size * 2, BATCH_MAX))

    def hand_back(self) -> None:
        """What has not begun goes back to its queue, in its order, with the next exchange."""
        with self.lock:
            while self.claims:
                self.outcomes.append(_back(self.claims.pop()))

    def is_overdue(self, now: float) -> bool:
        waiting = self.claims or self.outcomes
        return bool(self.running and waiting and now - self.batch_began > BATCH_OVERDUE_SECONDS)

    def end_if_idle(self) -> None:
        """Let it come back from its wait, which might take a wake-up that was meant for others."""
        if not self.running and self.thread.is_alive():
            self.thread.join(IDLE_SECONDS)

    def give_up(self) -> None:
        """What still runs was put back: it is for others now."""
        with self.lock:
            self.abandoned = True

    @property
    def running_name(self) -> str:
        return self.running.name if self.running else "nothing"

    def abandon(self, now: float) -> bool:
        """Leave a task that is over its time to its thread, which ends with it."""
        with self.lock:
            if not self.running or self.running.seconds_over(now) < 0:
                return False
            self.outcomes.append(self.running.timed_out(self.thread.ident or 0))
            self.abandoned = True
        self.hand_back()
        return True


def tidy_connections() -> None:
    """As around a request; a transaction around us is a test's."""
    for connection in connections.all(initialized_only=True):
        try:
            connection.queries_log.clear()
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
        except Exception:
            logger.exception("A connection to the database could not be closed")


def keep_standard_files() -> None:
    """If a task has closed one of 0 to 2, the next connection to Redis would take its number, and
    Redis would receive what is printed."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _back(claim: Claim) -> Outcome:
    """Not begun: no result, no times."""
    place = claim.queue, claim.priority
    return Outcome(claim.id, claim.attempt, "back", *place, 0, b"", 0, 0, claim.unique, 0, 0)
