"""One attempt at one task."""

import asyncio
import contextlib
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

import redis
from asgiref.sync import async_to_sync
from django.utils import timezone
from django_tasks.base import TaskContext, TaskError, TaskResultStatus
from django_tasks.signals import task_finished, task_started
from django_tasks.utils import get_exception_traceback, get_module_path

from tasks import payload, results
from tasks.backend import RedisQueueBackend
from tasks.exceptions import TaskDamaged, TaskTimeout
from tasks.queue import Claim, Outcome
from tasks.results import QueueTaskResult

TRACEBACK_CHARACTERS = 50_000
PROGRESS_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskContext(TaskContext):
    report: Callable[[dict[str, Any]], None]

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell whoever looks at the result; written at most ten times a second, and at the end."""
        self.report({"done": done, "total": total, "note": note})


class Execution:
    """Runs a claim and says how it ended; the watcher looks at it from another thread."""

    def __init__(self, claim: Claim, slot: str, backend: RedisQueueBackend) -> None:
        self.claim, self.slot, self.backend = claim, slot, backend
        self.result: QueueTaskResult | None = None
        self.error: BaseException | None = None
        self.began, self.clock, self.reported = time.time(), time.monotonic(), 0.0
        self.waited_ms, self.unsaid = 0, b""

    @property
    def name(self) -> str:
        return self.result.task.name if self.result else "A task"

    def run(self) -> Outcome:
        try:
            self.result = result = self._running()
            task_started.send_robust(type(self.backend), task_result=result)
            value = payload.normalized(self._call(result))
            text = payload.dumps(value)
        except BaseException as error:  # whatever a task raises ends the task, not the worker
            return self.failed(error)
        return self._succeeded(result, value, text)

    def failed(self, error: BaseException, trace: str | None = None) -> Outcome:
        self.error = error
        trace = (trace or get_exception_traceback(error))[-TRACEBACK_CHARACTERS:]
        details = {"exception_class_path": get_module_path(type(error)), "traceback": trace}
        text = payload.dumps(details)
        if isinstance(error, TaskDamaged):
            return self._outcome("damaged", self.backend.failed_ttl, text)
        if self.result is None:
            return self._outcome("failed", self.backend.failed_ttl, text)
        self.result.errors.append(TaskError(**details))
        delay = self.result.task.seconds_to_retry(error, int(self.claim.attempt))
        if delay is not None:
            return self._outcome("retry", delay, text)
        self._end(self.result, TaskResultStatus.FAILED)
        return self._outcome("failed", self.backend.failed_ttl, text)

    def timed_out(self, thread: int) -> Outcome:
        """The outcome for a function that still runs in that thread."""
        frame = sys._current_frames().get(thread)
        seconds = self.result.task.timeout if self.result else 0
        where = "".join(traceback.format_stack(frame)) if frame else ""
        error = TaskTimeout(f"It ran longer than {seconds:g} s.")
        return self.failed(error, f"{where}{get_module_path(TaskTimeout)}: {error}\n")

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
        return result

    def _waited(self, result: QueueTaskResult) -> int:
        """Milliseconds since the task could have begun."""
        ready = (result.task.run_after or result.enqueued_at or timezone.now()).timestamp()
        return max(0, round((self.began - ready) * 1000))

    def _call(self, result: QueueTaskResult) -> Any:
        task, args = result.task, result.args
        if task.takes_context:
            args = [QueueTaskContext(task_result=result, report=self._report), *args]
        if task.timeout and iscoroutinefunction(task.func):
            return async_to_sync(_within)(task.timeout, task.func(*args, **result.kwargs))
        return task.call(*args, **result.kwargs)

    def _report(self, progress: dict[str, Any]) -> None:
        object.__setattr__(self.result, "progress", progress)
        self.unsaid = payload.dumps(progress)
        waited = time.monotonic() - self.reported
        if waited >= PROGRESS_SECONDS or progress["done"] == progress["total"]:
            self._say()

    def _say(self) -> None:
        text, self.unsaid, self.reported = self.unsaid, b"", time.monotonic()
        with contextlib.suppress(redis.RedisError):  # it is a hint: no reason to fail
            self.backend.queue.progress(self.slot, self.claim, text)

    def _succeeded(self, result: QueueTaskResult, value: Any, text: bytes) -> Outcome:
        object.__setattr__(result, "_return_value", value)
        self._end(result, TaskResultStatus.SUCCESSFUL)
        ttl = result.task.ttl
        return self._outcome("done", self.backend.result_ttl if ttl is None else ttl, text)

    def _end(self, result: QueueTaskResult, status: TaskResultStatus) -> None:
        object.__setattr__(result, "status", status)
        object.__setattr__(result, "finished_at", results.moment(time.time()))
        task_finished.send_robust(type(self.backend), task_result=result)

    def _outcome(self, verdict: str, seconds: float, text: bytes) -> Outcome:
        ended, claim = time.time(), self.claim
        if self.unsaid:
            self._say()
        return Outcome(
            claim.id, claim.attempt, verdict, claim.queue, claim.priority, seconds, text,
            self.began, ended, claim.unique, self.waited_ms, round((ended - self.began) * 1000),
        )  # fmt: skip


async def _within(seconds: float, coroutine: Any) -> Any:
    try:
        async with asyncio.timeout(seconds) as limit:
            return await coroutine
    except TimeoutError as error:
        if limit.expired():
            raise TaskTimeout(f"It ran longer than {seconds:g} s.") from error
        raise
