"""Runs one attempt of a task."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync
from django.dispatch import Signal
from django.utils import timezone

from .. import results
from ..api import TaskError, TaskResultStatus, task_finished, task_started
from ..backend import QueueBackend
from ..exceptions import TaskCorrupt, TaskTimeout
from ..logger import logger
from ..queue_task import QueueTaskContext, QueueTaskResult
from ..redis import payload
from ..redis.broker import Claim, Outcome
from . import failure
from .failure import Failure

PROGRESS_SECONDS = 0.1


class Attempt:
    """Runs a claim and returns its outcome. The watcher reads its state from another thread."""

    def __init__(
        self,
        claim: Claim,
        slot: str,
        backend: QueueBackend,
        set_timeout: Callable[[float], None] = lambda timeout: None,
    ) -> None:
        self.claim, self.slot, self.backend = claim, slot, backend
        self.set_timeout = set_timeout
        self.result: QueueTaskResult | None = None
        self.failure: Failure | None = None
        self.interrupted = False
        self.began, self.began_monotonic = time.time(), time.monotonic()
        self.waited_ms, self.unwritten_progress, self.progress_written = 0, b"", 0.0

    @property
    def name(self) -> str:
        return self.result.task.name if self.result else "A task"

    def run(self) -> Outcome:
        try:
            self.result = result = self._running()
            announce(task_started, self.backend, result)
            value = payload.normalized(self._call_here(result), "the return value")
            text = payload.dumps(value)
        except BaseException as error:  # any exception ends the task, and only Ctrl-C the worker
            self.interrupted = issubclass(type(error), KeyboardInterrupt)
            return self.failed(error)
        return self._succeeded(result, value, text)

    def failed(self, error: BaseException, trace: str = "") -> Outcome:
        """Returns the outcome of a failure. Never raises: an attempt without an outcome would be
        repeated forever."""
        self.failure = described = failure.describe(error, trace)
        if issubclass(type(error), TaskCorrupt):
            return self._outcome("corrupt", self.backend.failed_ttl, described.record)
        delay = self._seconds_to_retry(error)
        if delay is not None:
            return self._outcome("retry", delay, described.record)
        self._finish(TaskResultStatus.FAILED)
        return self._outcome("failed", self.backend.failed_ttl, described.record)

    def failed_without_outcome(self) -> Outcome:
        """Returns the outcome of an attempt whose own outcome was lost to a bug or a lack of
        memory."""
        self.failure = failure.INDESCRIBABLE
        return self._outcome("failed", self.backend.failed_ttl, self.failure.record)

    def timed_out(self, thread: int) -> Outcome:
        """Returns the outcome of a timeout; the function still runs in that thread."""
        frame = sys._current_frames().get(thread)
        seconds = self.result.task.timeout if self.result else 0
        error = TaskTimeout(f"It ran longer than {seconds:g} s.")
        path = f"{TaskTimeout.__module__}.{TaskTimeout.__qualname__}"
        return self.failed(error, f"{failure.stack(frame)}{path}: {error}\n")

    def seconds_over(self, now: float) -> float:
        """Returns the seconds beyond the timeout; negative before it. A coroutine is cancelled at
        its timeout, so it gets one more second."""
        task = self.result.task if self.result else None
        if not task or not task.timeout:
            return -1.0
        return now - self.began_monotonic - task.timeout - iscoroutinefunction(task.func)

    def _running(self) -> QueueTaskResult:
        result = results.from_claim(self.claim, self.backend.alias, self.began)
        self.waited_ms = self._waited(result) if self.claim.attempt == "1" else 0
        if result.task.timeout:
            self.set_timeout(result.task.timeout)
        return result

    def _waited(self, result: QueueTaskResult) -> int:
        """Returns the milliseconds since the task was due."""
        ready = (result.task.run_after or result.enqueued_at or timezone.now()).timestamp()
        return max(0, round((self.began - ready) * 1000))

    def _call_here(self, result: QueueTaskResult) -> Any:
        """Calls the function in this process only. A forked process that also returns from the
        function is ended: it would settle the task in place of this process, and claim others."""
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
            args = [QueueTaskContext(task_result=result, set_progress=self._set_progress), *args]
        if task.timeout and iscoroutinefunction(task.func):
            return async_to_sync(_within)(task.timeout, task.func(*args, **result.kwargs))
        return task.call(*args, **result.kwargs)

    def _set_progress(self, progress: dict[str, Any]) -> None:
        progress = payload.normalized(progress, "progress")
        text = payload.dumps(progress)
        object.__setattr__(self.result, "progress", progress)
        self.unwritten_progress = text
        elapsed = time.monotonic() - self.progress_written
        if elapsed >= PROGRESS_SECONDS or progress["done"] == progress["total"]:
            self._write_progress()

    def _write_progress(self) -> None:
        text, self.unwritten_progress = self.unwritten_progress, b""
        self.progress_written = time.monotonic()
        with contextlib.suppress(Exception):  # progress is a hint: no reason to fail
            self.backend.broker.set_progress(self.slot, self.claim, text)

    def _succeeded(self, result: QueueTaskResult, value: Any, text: bytes) -> Outcome:
        object.__setattr__(result, "_return_value", value)
        ttl = result.task.ttl
        self._finish(TaskResultStatus.SUCCESSFUL)
        return self._outcome("done", self.backend.result_ttl if ttl is None else ttl, text)

    def _seconds_to_retry(self, error: BaseException) -> float | None:
        if not self.result or not self.failure:
            return None
        try:
            path, trace, _ = self.failure
            self.result.errors.append(TaskError(exception_class_path=path, traceback=trace))
            return self.result.task.seconds_to_retry(error, int(self.claim.attempt))
        except BaseException:  # classes in `retry_on` may have code for comparisons
            logger.exception("%s is not tried again: its retry_on cannot be compared", self.name)
            return None

    def _finish(self, status: TaskResultStatus) -> None:
        if not self.result:
            return
        object.__setattr__(self.result, "status", status)
        object.__setattr__(self.result, "finished_at", payload.to_datetime(time.time()))
        announce(task_finished, self.backend, self.result)

    def _outcome(self, verdict: str, seconds: float, text: bytes) -> Outcome:
        ended, claim = time.time(), self.claim
        if self.unwritten_progress:
            self._write_progress()
        return Outcome(
            claim.id, claim.attempt, verdict, claim.queue, claim.priority, seconds, text,
            self.began, ended, claim.unique, self.waited_ms, round((ended - self.began) * 1000),
        )  # fmt: skip


def announce(signal: Signal, backend: QueueBackend, result: QueueTaskResult) -> None:
    """Sends a signal, and logs the exceptions of its receivers; send_robust does not catch
    SystemExit."""
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
