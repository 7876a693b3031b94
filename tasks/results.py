import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from asgiref.sync import sync_to_async
from django.utils.module_loading import import_string

from tasks.api import (
    DEFAULT_TASK_BACKEND_ALIAS,
    TASK_REFRESH_ATTRS,
    TaskError,
    TaskResult,
    TaskResultStatus,
    task_backends,
)
from tasks.exceptions import TaskDamaged, UnknownTask
from tasks.redis import payload
from tasks.redis.payload import to_datetime
from tasks.redis.queue import Claim
from tasks.task import QueueTask

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskResult(TaskResult, Generic[T]):
    task: QueueTask

    owner: str = ""
    """On behalf of whom the task was queued; empty: nobody."""

    progress: dict[str, Any] | None = None
    """{"done", "total", "note"} as the task last said it."""

    def __post_init__(self) -> None:
        """Arguments are normalized where they are queued, not at every reading."""

    def refresh(self) -> None:
        fresh = self.task.get_backend().get_result(self.id)
        for name in (*TASK_REFRESH_ATTRS, "progress"):
            object.__setattr__(self, name, getattr(fresh, name))

    async def arefresh(self) -> None:
        await sync_to_async(self.refresh)()


def get(id: str, backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> QueueTaskResult:
    """Raises TaskResultDoesNotExist, also when its time is over."""
    return task_backends[backend].get_result(id)  # type: ignore[return-value]


def from_record(id: str, fields: dict[str, bytes], alias: str) -> QueueTaskResult:
    """Raises TaskDamaged where the record cannot be read and UnknownTask without its function."""
    with _reading(id):
        status, started = _text(fields, "status"), _text(fields, "started")
        result = _build(
            id,
            alias,
            fields["task"],
            (_text(fields, "queue"), _text(fields, "priority")),
            _text(fields, "errors"),
            status=status or TaskResultStatus.READY,
            started_at=started,
            finished_at=_text(fields, "finished"),
            last_attempted_at=_text(fields, "attempted") or started,
            worker_ids=_text(fields, "workers").split(),
            progress=_text(fields, "progress"),
        )
        if "result" in fields:
            object.__setattr__(result, "_return_value", payload.loads(fields["result"]))
        return result


def from_claim(claim: Claim, alias: str, now: float) -> QueueTaskResult:
    """The result that a running task's context has. Raises as from_record."""
    with _reading(claim.id):
        return _build(
            claim.id,
            alias,
            claim.record,
            (claim.queue, claim.priority),
            claim.errors,
            status="RUNNING",
            started_at=claim.started,
            finished_at="",
            last_attempted_at=now,
            worker_ids=claim.workers.split(),
            progress="",
        )


@contextlib.contextmanager
def _reading(id: str) -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TaskDamaged(f"The record of task {id} cannot be read: {error!r}") from error


def _build(
    id: str, alias: str, record: bytes, place: tuple[str, str], errors: str, **state: Any
) -> QueueTaskResult:
    call = payload.loads(record)
    if not (isinstance(call["args"], list) and isinstance(call["kwargs"], dict)):
        raise TypeError("its arguments are neither a list nor a dictionary")
    for name in ("started_at", "finished_at", "last_attempted_at"):
        state[name] = to_datetime(state[name])
    state["status"] = TaskResultStatus(state["status"])
    state["progress"] = payload.loads(state["progress"]) if state["progress"] else None
    queue, priority = place
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
    """The task as it was queued. Raises UnknownTask."""
    try:
        task = import_string(path)
    except ImportError as error:
        raise UnknownTask(f"There is no task {path} here: {error}") from error
    if not isinstance(task, QueueTask):
        raise UnknownTask(f"{path} is no task of this queue: decorate it with @task.")
    queued = replace(
        task, backend=alias, queue_name=queue, priority=priority, run_after=to_datetime(run_after)
    )
    return task if queued == task else queued


def error(error: Exception) -> bytes:
    """As a record has it, for an error that was never raised."""
    path = f"{type(error).__module__}.{type(error).__qualname__}"
    return payload.dumps({"exception_class_path": path, "traceback": f"{path}: {error}\n"})


def _text(fields: dict[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode()
