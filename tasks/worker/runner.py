"""Slots: each runs one task at a time, in its own thread."""

import os
import threading
import time
from collections import deque

from django.db import connections

from ..logger import logger
from ..redis.broker import Claim, Outcome, Reply
from ..redis.client import ERRORS
from .attempt import Attempt
from .state import OUTAGE_SECONDS, WorkerState

BATCH_SECONDS = 0.010  # target duration of the tasks that are claimed together
BATCH_MAX_TASKS = 64
BATCH_MAX_SECONDS = 0.1  # after that, tasks that have not begun are put back
IDLE_SECONDS = 2.0  # below the client's socket timeout


class Slot:
    """Claims a few tasks, runs them one after the other, and settles them with the next claim. The
    watcher, in another thread, calls settle_and_claim, unclaim and abandon_if_over."""

    def __init__(self, state: WorkerState, number: int, place: int) -> None:
        self.state, self.id = state, f"{state.name}.{number}"
        self.number, self.place = number, place
        self.thread = threading.Thread(target=self.run, name=self.id, daemon=True)
        self.lock = threading.Lock()  # guards the next four
        self.claims: deque[Claim] = deque()
        self.outcomes: list[Outcome] = []
        self.running: Attempt | None = None
        self.abandoned = False
        self.settling = threading.Lock()  # so that outcomes in transit do not look like lost claims
        self.batch_size, self.batch_began, self.has_deadline = 1, 0.0, False
        state.set_deadline(place, number, 0)

    def run(self) -> None:
        while not self.abandoned:
            try:
                if not self.run_batch():
                    return
            except ERRORS as error:
                self.state.record_outage(error)
                if self.state.stopping and not self.outcomes:
                    return
                time.sleep(OUTAGE_SECONDS)
            except KeyboardInterrupt:  # Ctrl-C during run_all
                self.state.interrupt()
            except BaseException:  # also SystemExit: the slot continues
                logger.exception("%s continues after an internal error", self.id)
                time.sleep(OUTAGE_SECONDS)

    def run_batch(self) -> bool:
        """Runs one batch, or waits for one. Returns False when this slot has to end."""
        self.recover()
        stopping, leased = self.state.stopping, self.state.is_leased()
        reply = self.settle_and_claim(self.batch_size if leased and not stopping else 0)
        if stopping:
            return False
        if not leased:
            time.sleep(OUTAGE_SECONDS)
        elif reply.claims:
            self.run_claims(reply.claims)
        elif self.state.batch:
            return False
        else:
            self.wait(min(IDLE_SECONDS, reply.due_in or IDLE_SECONDS))
        return True

    def recover(self) -> None:
        """Settles the claims that remain after an internal error: the running task has ended, the
        others are put back. Without an outcome they would look like claims that never arrived, and
        begin again."""
        with self.lock:
            if self.running and not self.abandoned:
                self._finish(self.running.failed_without_outcome())
        if self.claims:
            self.unclaim()

    def settle_and_claim(self, want: int = 0) -> Reply:
        """Settles the outcomes and claims `want` tasks. Raises redis.RedisError; then the outcomes
        are sent the next time."""
        with self.settling:
            with self.lock:
                outcomes, self.outcomes = self.outcomes, []
            try:
                reply = self.state.backend.broker.settle_and_claim(
                    self.id, outcomes, want, self.state.rotated_queues()
                )
            except BaseException:
                with self.lock:
                    self.outcomes = outcomes + self.outcomes
                raise
        for id in reply.refused:
            logger.info("%s was refused: its lease had expired", id)
        return reply

    def wait(self, seconds: float) -> None:
        """Waits until a task is queued, or the worker wakes its slots."""
        self.state.backend.broker.wait(self.state.name, self.state.queues, max(0.001, seconds))

    def run_claims(self, claims: list[Claim]) -> None:
        self.batch_began = began = time.monotonic()
        self.claims.extend(claims)
        close_old_connections()
        ended = []
        while (attempt := self.next_attempt()) is not None:
            outcome = attempt.run()
            if not self.finish(outcome):
                return
            ended.append((attempt, outcome))
            if attempt.interrupted:
                self.state.interrupt()
            close_old_connections()
        reopen_standard_files()
        self.state.task_log.add(ended)
        self.resize_batch(len(ended), time.monotonic() - began)
        self.state.count_ran(len(ended))

    def next_attempt(self) -> Attempt | None:
        if self.state.stopping or not self.state.is_leased():
            self.unclaim()
        with self.lock:
            self.running = None
            if self.claims:
                claim, backend = self.claims.popleft(), self.state.backend
                self.running = Attempt(claim, self.id, backend, self.set_timeout)
            return self.running

    def set_timeout(self, timeout: float) -> None:
        self.has_deadline = True
        self.state.set_deadline(self.place, self.number, time.monotonic() + timeout)

    def finish(self, outcome: Outcome) -> bool:
        """Records the outcome. Returns False if the slot was abandoned: then the outcome is not
        needed."""
        with self.lock:
            if not self.abandoned:
                self._finish(outcome)
            return not self.abandoned

    def resize_batch(self, ran: int, seconds: float) -> None:
        if ran:
            fitting = int(BATCH_SECONDS * ran / max(seconds, 1e-6))
            self.batch_size = max(1, min(fitting, self.batch_size * 2, BATCH_MAX_TASKS))

    def unclaim(self) -> None:
        """Puts tasks that have not begun back into their queues, in order, with the next
        settlement."""
        with self.lock:
            while self.claims:
                self.outcomes.append(_unclaimed(self.claims.pop()))

    def delays_others(self, now: float) -> bool:
        waiting = self.claims or self.outcomes
        return bool(self.running and waiting and now - self.batch_began > BATCH_MAX_SECONDS)

    def join_if_idle(self) -> None:
        """Waits for an idle slot to end: it might consume a wake-up for other workers."""
        if not self.running and self.thread.is_alive():
            self.thread.join(IDLE_SECONDS)

    def abandon(self) -> None:
        """Abandons the slot, whose running task was put back and now belongs to other workers."""
        with self.lock:
            self.abandoned = True

    def abandon_if_over(self, now: float) -> bool:
        """Abandons the slot if its task is over its timeout. The thread ends with the task."""
        with self.lock:
            if not self.running or self.running.seconds_over(now) < 0:
                return False
            self.outcomes.append(self.running.timed_out(self.thread.ident or 0))
            self.abandoned = True
        self.unclaim()
        return True

    @property
    def running_name(self) -> str:
        return self.running.name if self.running else "nothing"

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.running = None
        if self.has_deadline:
            self.has_deadline = False
            self.state.set_deadline(self.place, self.number, 0)


def close_old_connections() -> None:
    """Closes old connections like around a request. Inside a transaction, which belongs to a test,
    does nothing."""
    for connection in connections.all(initialized_only=True):
        try:
            connection.queries_log.clear()
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
        except Exception:
            logger.exception("A connection to the database could not be closed")


def reopen_standard_files() -> None:
    """Reopens the files 0 to 2 if a task has closed them: otherwise the next connection to Redis
    would get such a number, and Redis would receive printed text."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number


def _unclaimed(claim: Claim) -> Outcome:
    """Returns the outcome of a task that did not begin, without a result or times."""
    return Outcome(
        claim.id, claim.attempt, "unclaim", claim.queue, claim.priority,
        0, b"", 0, 0, claim.unique, 0, 0,
    )  # fmt: skip
