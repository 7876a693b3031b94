"""One attempt at one task."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync
from django.dispatch import Signal
from django.utils import timezone

from tasks import results
from tasks.api import TaskContext, TaskError, TaskResultStatus, task_finished, task_started
from tasks.backend import RedisQueueBackend
from tasks.exceptions import TaskDamaged, TaskTimeout
from tasks.logger import logger
from tasks.redis import payload
from tasks.redis.queue import Claim, Outcome
from tasks.results import QueueTaskResult
from tasks.worker import failure
from tasks.worker.failure import Failure

PROGRESS_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskContext(TaskContext):
    report: Callable[[dict[str, Any]], None]

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell whoever looks at the result; written at most ten times a second, and at the end."""
        self.report({"done": done, "total": total, "note": note})


class Execution:
    """Runs a claim and says how it ended; the watcher looks at it from another thread."""

    def __init__(
        self,
        claim: Claim,
        slot: str,
        backend: RedisQueueBackend,
        limit: Callable[[float | None], None] = lambda timeout: None,
    ) -> None:
        self.claim, self.slot, self.backend, self.limit = claim, slot, backend, limit
        self.result: QueueTaskResult | None = None
        self.failure: Failure | None = None
        self.began, self.clock, self.reported = time.time(), time.monotonic(), 0.0
        self.waited_ms, self.unsaid = 0, b""

    @property
    def name(self) -> str:
        return self.result.task.name if self.result else "A task"

    def run(self) -> Outcome:
        try:
            self.result = result = self._running()
            announce(task_started, self.backend, result)
            value = payload.normalized(self._call_here(result), "the return value")
            text = payload.dumps(value)
        except BaseException as error:  # whatever a task raises ends the task, not the worker
            return self.failed(error)
        return self._succeeded(result, value, text)

    def failed(self, error: BaseException, trace: str = "") -> Outcome:
        """Never raises: an attempt without an outcome would be made again, without an end."""
        self.failure = failed = failure.describe(error, trace)
        if issubclass(type(error), TaskDamaged):
            return self._outcome("damaged", self.backend.failed_ttl, failed.record)
        delay = self._seconds_to_retry(error)
        if delay is not None:
            return self._outcome("retry", delay, failed.record)
        self._end(TaskResultStatus.FAILED)
        return self._outcome("failed", self.backend.failed_ttl, failed.record)

    def unreported(self) -> Outcome:
        """For an attempt whose outcome was lost to an error of ours, or to a lack of memory."""
        self.failure = failure.UNSPEAKABLE
        return self._outcome("failed", self.backend.failed_ttl, self.failure.record)

    def timed_out(self, thread: int) -> Outcome:
        """The outcome for a function that still runs in that thread."""
        frame = sys._current_frames().get(thread)
        seconds = self.result.task.timeout if self.result else 0
        error = TaskTimeout(f"It ran longer than {seconds:g} s.")
        path = f"{TaskTimeout.__module__}.{TaskTimeout.__qualname__}"
        return self.failed(error, f"{failure.stack(frame)}{path}: {error}\n")

    def seconds_over(self, now: float) -> float:
        """How long it has been running beyond its timeout; negative: not yet. A coroutine is
        cancelled at its timeout, so it gets a second more."""
        task = self.result.task if self.result else None
        if not task or not task.timeout:
            return -1.0
        return now - self.clock - task.timeout - iscoroutinefunction(task.func)

    def _running(self) -> QueueTaskResult:
        result = results.from_claim(self.claim, self.backend.alias, self.began)
        self.waited_ms = self._waited(result) if self.claim.attempt == "1" else 0
        if result.task.timeout:
            self.limit(result.task.timeout)
        return result

    def _waited(self, result: QueueTaskResult) -> int:
        """Milliseconds since the task could have begun."""
        ready = (result.task.run_after or result.enqueued_at or timezone.now()).timestamp()
        return max(0, round((self.began - ready) * 1000))

    def _call_here(self, result: QueueTaskResult) -> Any:
        """A process that the function forked off, and which comes back from it as well, ends: it
        would report for this one, and claim tasks in its place."""
        here = os.getpid()
        try:
            return self._call(result)
        finally:
            if os.getpid() != here:
                logger.error("%s forked a process that did not end; it is ended", self.name)
                os._exit(1)

    def _call(self, result: QueueTaskResult) -> Any:
        task, args = result.task, result.args
        if task.takes_context:
            args = [QueueTaskContext(task_result=result, report=self._report), *args]
        if task.timeout and iscoroutinefunction(task.func):
            return async_to_sync(_within)(task.timeout, task.func(*args, **result.kwargs))
        return task.call(*args, **result.kwargs)

    def _report(self, progress: dict[str, Any]) -> None:
        progress = payload.normalized(progress, "progress")
        text = payload.dumps(progress)
        object.__setattr__(self.result, "progress", progress)
        self.unsaid = text
        waited = time.monotonic() - self.reported
        if waited >= PROGRESS_SECONDS or progress["done"] == progress["total"]:
            self._say()

    def _say(self) -> None:
        text, self.unsaid, self.reported = self.unsaid, b"", time.monotonic()
        with contextlib.suppress(Exception):  # it is a hint: no reason to fail
            self.backend.queue.progress(self.slot, self.claim, text)

    def _succeeded(self, result: QueueTaskResult, value: Any, text: bytes) -> Outcome:
        object.__setattr__(result, "_return_value", value)
        ttl = result.task.ttl
        self._end(TaskResultStatus.SUCCESSFUL)
        return self._outcome("done", self.backend.result_ttl if ttl is None else ttl, text)

    def _seconds_to_retry(self, error: BaseException) -> float | None:
        if not self.result or not self.failure:
            return None
        try:
            path, trace, _ = self.failure
            self.result.errors.append(TaskError(exception_class_path=path, traceback=trace))
            return self.result.task.seconds_to_retry(error, int(self.claim.attempt))
        except BaseException:  # `retry_on` has classes that say by code what they match
            logger.exception("%s is not tried again: that it should be cannot be said", self.name)
            return None

    def _end(self, status: TaskResultStatus) -> None:
        if not self.result:
            return
        object.__setattr__(self.result, "status", status)
        object.__setattr__(self.result, "finished_at", payload.to_datetime(time.time()))
        announce(task_finished, self.backend, self.result)

    def _outcome(self, verdict: str, seconds: float, text: bytes) -> Outcome:
        ended, claim = time.time(), self.claim
        if self.unsaid:
            self._say()
        return Outcome(
            claim.id, claim.attempt, verdict, claim.queue, claim.priority, seconds, text,
            self.began, ended, claim.unique, self.waited_ms, round((ended - self.began) * 1000),
        )  # fmt: skip


def announce(signal: Signal, backend: RedisQueueBackend, result: QueueTaskResult) -> None:
    """Whatever a receiver raises is its own affair; send_robust lets SystemExit through."""
    try:
        signal.send_robust(type(backend), task_result=result)
    except BaseException:
        logger.exception("A receiver of %s did not return", result.id)


async def _within(seconds: float, coroutine: Any) -> Any:
    try:
        async with asyncio.timeout(seconds) as limit:
            return await coroutine
    except TimeoutError as error:
        if limit.expired():
            raise TaskTimeout(f"It ran longer than {seconds:g} s.") from error
        raise
