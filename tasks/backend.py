import functools
import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import redis
from django.core import checks
from django.db import transaction

from . import options, results
from .api import BaseTaskBackend, Task, TaskResultDoesNotExist, TaskResultStatus, task_enqueued
from .exceptions import QueueUnavailable, TaskCancelled, TaskCorrupt
from .queue_task import QueueTask, QueueTaskResult
from .redis import payload
from .redis.broker import EnqueueOptions, Entry, RedisBroker
from .redis.client import ERRORS, describe_error, get_client
from .redis.outage import Outage, get_outage

KNOWN_TASKS = 1024  # already validated


class QueueBackend(BaseTaskBackend):
    """Queues tasks by its broker. OPTIONS: result_ttl, failed_ttl (seconds), on_commit (queue when
    the transaction commits: True, or the alias of its database)."""

    task_class = QueueTask
    supports_cron = True
    broker: RedisBroker
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: dict) -> None:
        super().__init__(alias, params)
        self.params = params
        if not isinstance(self.options, dict):
            self.options = {}  # a check reports it
        self.result_ttl = self.options.get("result_ttl", options.RESULT_TTL)
        self.failed_ttl = self.options.get("failed_ttl", options.FAILED_TTL)
        self.connection_options = (self.options.get("redis_url"), self.options.get("client"))
        self.enqueue_options = functools.lru_cache(KNOWN_TASKS)(self._enqueue_options)

    @functools.cached_property
    def outage(self) -> Outage:
        return get_outage(self.connection_options)

    def validate_task(self, task: Task) -> None:
        super().validate_task(task)
        options.validate(task)

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> QueueTaskResult:
        """Queues a task and returns its result. Raises TypeError and ValueError for arguments that
        are not JSON, TaskTooLarge and QueueUnavailable."""
        return self._enqueue(task, [(args, kwargs)])[0]

    def enqueue_many(
        self, task: Task, arguments: Iterable[tuple | list | dict]
    ) -> list[QueueTaskResult]:
        return self._enqueue(
            task, [((), item) if isinstance(item, dict) else (item, {}) for item in arguments]
        )

    def enqueue_occurrence(
        self, task: QueueTask, path: str, second: float, now: float
    ) -> QueueTaskResult | None:
        """Queues a periodic task for that second; returns None if a worker has already done so."""
        queued, entries = self._new(task, path, [((), {})])
        self._push(self.enqueue_options(task), entries, queued, (path, second), now)
        return queued[0] if queued else None

    def cancel(self, id: str) -> bool:
        """Cancels a waiting task: it fails with TaskCancelled. Returns False if it does not
        wait."""
        error = results.error_record(TaskCancelled("The task was cancelled before it ran."))
        return self.broker.cancel(id, error, self.failed_ttl)

    def get_result(self, result_id: str) -> QueueTaskResult:
        try:
            fields = self.broker.record(result_id)
        except redis.ResponseError as error:
            raise TaskCorrupt(f"The record of task {result_id} is not a hash.") from error
        except ERRORS as error:
            raise QueueUnavailable(describe_error(error)) from error
        if "task" not in fields:
            raise TaskResultDoesNotExist(result_id)
        return results.from_record(result_id, fields, self.alias)

    def _enqueue(self, task: Any, calls: Sequence[tuple[Any, Any]]) -> list[QueueTaskResult]:
        chosen = self.enqueue_options(task)
        queued, entries = self._new(task, task.module_path, calls)
        database = self.options.get("on_commit") if task.on_commit is None else task.on_commit
        if database:
            using = None if database is True else database
            transaction.on_commit(lambda: self._push(chosen, entries, queued), using=using)
        else:
            self._push(chosen, entries, queued)
        return queued

    def _enqueue_options(self, task: QueueTask) -> EnqueueOptions:
        """Returns the options of the task. Raises InvalidTask."""
        self.validate_task(task)
        return EnqueueOptions(
            task.queue_name,
            task.priority,
            task.run_after.timestamp() if task.run_after else "",
            task.max_attempts or "",
            options.rate(task.module_path, task.rate_limit) if task.rate_limit else "",
            "1" if task.max_attempts == 1 else "",
        )

    def _new(
        self, task: QueueTask, path: str, calls: Sequence[tuple[Any, Any]]
    ) -> tuple[list[QueueTaskResult], list[Entry]]:
        now = time.time()
        enqueued_at = payload.to_datetime(now)
        queued = [
            self._ready_result(task, id, args, kwargs, enqueued_at)
            for id, (args, kwargs) in zip(_ids(len(calls)), calls, strict=True)
        ]
        return queued, [_entry(task, path, result, now) for result in queued]

    def _push(
        self,
        chosen: EnqueueOptions,
        entries: list[Entry],
        queued: list[QueueTaskResult],
        occurrence: tuple[str, float] = ("", 0),
        now: float | None = None,
    ) -> None:
        """Queues the entries. Unique tasks that already wait or run replace theirs in `queued`,
        which is emptied if the occurrence is not new."""
        try:
            duplicates = self.broker.enqueue(chosen, entries, occurrence, now)
        except ERRORS as error:
            self.outage.report_failure(error)
            raise QueueUnavailable(f"The task was not queued. {describe_error(error)}") from error
        self.outage.report_success()
        if duplicates is None:
            queued.clear()
        self._announce(queued, duplicates or {})

    def _announce(
        self, queued: list[QueueTaskResult], duplicates: dict[int, tuple[str, dict[str, bytes]]]
    ) -> None:
        for place, result in enumerate(queued):
            if place in duplicates:
                queued[place] = results.from_record(*duplicates[place], self.alias)
            else:
                task_enqueued.send(type(self), task_result=result)

    def _ready_result(
        self, task: QueueTask, id: str, args: Any, kwargs: Any, enqueued_at: datetime | None
    ) -> QueueTaskResult:
        return QueueTaskResult(
            task=task,
            id=id,
            status=TaskResultStatus.READY,
            enqueued_at=enqueued_at,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=payload.normalized_args(args),
            kwargs=payload.normalized_kwargs(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
            owner=task.owner,
        )


class RedisQueueBackend(QueueBackend):
    """Stores tasks in Redis. OPTIONS in addition: redis_url, or client, a function that returns a
    client of redis-py."""

    @functools.cached_property
    def broker(self) -> RedisBroker:  # type: ignore[override]
        return RedisBroker(get_client(self.connection_options), self.alias)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return list(options.check(self.alias, self.params))


def _ids(count: int) -> list[str]:
    text = os.urandom(16 * count).hex()
    return [text[start : start + 32] for start in range(0, len(text), 32)]


def _entry(task: QueueTask, path: str, result: QueueTaskResult, now: float) -> Entry:
    record = {"path": path, "args": result.args, "kwargs": result.kwargs, "enqueued": now}
    if task.run_after:
        record["run_after"] = task.run_after.timestamp()
    if task.owner:
        record["owner"] = task.owner
    unique = _digest(path, result) if task.unique else ""
    return Entry(result.id, unique, payload.dumps(record))


def _digest(path: str, result: QueueTaskResult) -> str:
    call = payload.dumps([path, result.args, sorted(result.kwargs.items())])
    return hashlib.sha256(call).hexdigest()[:32]
