import contextlib
import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.module_loading import import_string

from .api import (
    DEFAULT_TASK_BACKEND_ALIAS,
    TaskError,
    TaskResultStatus,
    task_backends,
)
from .exceptions import TaskCorrupt, UnknownTask
from .queue_task import QueueTask, QueueTaskResult
from .redis import payload
from .redis.broker import Claim
from .redis.payload import to_datetime

JSON_FIELDS = ("task", "result")  # fields that are read as bytes


def get(id: str, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> QueueTaskResult:
    """Returns the result. Raises TaskResultDoesNotExist if it does not exist or has expired."""
    return task_backends[backend].get_result(id)  # type: ignore[return-value]


def from_record(id: str, fields: dict[str, bytes], alias: str) -> QueueTaskResult:
    """Returns the result from a record. Raises TaskCorrupt if the record cannot be read, and
    UnknownTask if the function does not exist."""
    with _reading(id):
        texts = {name: value.decode() for name, value in fields.items() if name not in JSON_FIELDS}
        result = _build(
            id,
            alias,
            fields["task"],
            texts["queue"],
            texts["priority"],
            texts.get("errors", ""),
            **_state(texts),
        )
        if "result" in fields:
            object.__setattr__(result, "_return_value", payload.loads(fields["result"]))
        return result


def from_claim(claim: Claim, alias: str, now: float) -> QueueTaskResult:
    """Returns the result in the context of a running task. Raises the same errors as
    from_record."""
    with _reading(claim.id):
        return _build(
            claim.id,
            alias,
            claim.record,
            claim.queue,
            claim.priority,
            claim.errors,
            status=TaskResultStatus.RUNNING,
            started_at=to_datetime(claim.started),
            finished_at=None,
            last_attempted_at=to_datetime(now),
            worker_ids=claim.workers.split(),
        )


@contextlib.contextmanager
def _reading(id: str) -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TaskCorrupt(f"The record of task {id} cannot be read: {error!r}") from error


def _state(texts: dict[str, str]) -> dict[str, Any]:
    started, progress = texts.get("started"), texts.get("progress")
    return {
        "status": TaskResultStatus(texts.get("status") or TaskResultStatus.READY),
        "started_at": to_datetime(started),
        "finished_at": to_datetime(texts.get("finished")),
        "last_attempted_at": to_datetime(texts.get("attempted") or started),
        "worker_ids": texts.get("workers", "").split(),
        "progress": payload.loads(progress) if progress else None,
    }


def _build(
    id: str, alias: str, record: bytes, queue: str, priority: str, errors: str, **state: Any
) -> QueueTaskResult:
    call = payload.loads(record)
    if not (isinstance(call["args"], list) and isinstance(call["kwargs"], dict)):
        raise TypeError("its arguments are neither a list nor a dictionary")
    return QueueTaskResult(
        task=find_task(call["path"], alias, queue, int(priority), call.get("run_after")),
        id=id,
        enqueued_at=to_datetime(call["enqueued"]),
        args=call["args"],
        kwargs=call["kwargs"],
        backend=alias,
        errors=[TaskError(**payload.loads(line)) for line in errors.split("\n")[:-1]],
        owner=call.get("owner", ""),
        **state,
    )


@functools.lru_cache(maxsize=1024)
def find_task(
    path: str, alias: str, queue: str, priority: int, run_after: float | None = None
) -> QueueTask:
    """Returns the task with its options when it was queued. Raises UnknownTask."""
    try:
        task = import_string(path)
    except ImportError as error:
        raise UnknownTask(f"There is no task {path} here: {error}") from error
    if not isinstance(task, QueueTask):
        raise UnknownTask(f"{path} is not a task of this backend: decorate it with @task.")
    queued = replace(
        task, backend=alias, queue_name=queue, priority=priority, run_after=to_datetime(run_after)
    )
    return task if queued == task else queued


def error_record(error: Exception) -> bytes:
    """Returns the JSON of an error that was never raised, for a record."""
    path = f"{type(error).__module__}.{type(error).__qualname__}"
    return payload.dumps({"exception_class_path": path, "traceback": f"{path}: {error}\n"})
