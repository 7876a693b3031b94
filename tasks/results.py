import functools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks import task_backends
from django_tasks.base import (
    DEFAULT_TASK_BACKEND_ALIAS,
    TASK_REFRESH_ATTRS,
    TaskError,
    TaskResult,
    TaskResultStatus,
)
from django_tasks.utils import get_module_path

from tasks import payload
from tasks.exceptions import TaskDamaged, UnknownTask
from tasks.task import QueueTask

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskResult(TaskResult[T]):
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
    """Raises django_tasks.exceptions.TaskResultDoesNotExist, also when its time is over."""
    return task_backends[backend].get_result(id)  # type: ignore[return-value]


def from_record(id: str, fields: dict[str, Any], alias: str) -> QueueTaskResult:
    """Raises TaskDamaged where the record cannot be read and UnknownTask without its function."""
    try:
        record = payload.loads(fields["task"])
        queue, priority = fields["queue"].decode(), int(fields["priority"])
        path, args, kwargs = record["path"], record["args"], record["kwargs"]
        errors = [
            TaskError(**payload.loads(line)) for line in _text(fields, "errors").split("\n")[:-1]
        ]
        progress = payload.loads(fields["progress"]) if "progress" in fields else None
        status = TaskResultStatus(_text(fields, "status") or TaskResultStatus.READY)
    except (KeyError, TypeError, ValueError) as error:
        raise TaskDamaged(f"The record of task {id} cannot be read: {error!r}") from error
    result: QueueTaskResult = QueueTaskResult(
        task=find_task(path, alias, queue, priority, record.get("run_after")),
        id=id,
        status=status,
        enqueued_at=moment(record["enqueued"]),
        started_at=moment(_text(fields, "started")),
        finished_at=moment(_text(fields, "finished")),
        last_attempted_at=moment(_text(fields, "attempted") or _text(fields, "started")),
        args=args,
        kwargs=kwargs,
        backend=alias,
        errors=errors,
        worker_ids=_text(fields, "workers").split(),
        owner=record.get("owner", ""),
        progress=progress,
    )
    if "result" in fields:
        object.__setattr__(result, "_return_value", payload.loads(fields["result"]))
    return result


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
        task, backend=alias, queue_name=queue, priority=priority, run_after=moment(run_after)
    )
    return task if queued == task else queued


def error(error: Exception) -> bytes:
    """As a record has it, for an error that was never raised."""
    path = get_module_path(type(error))
    return payload.dumps({"exception_class_path": path, "traceback": f"{path}: {error}\n"})


def moment(seconds: float | str | None) -> datetime | None:
    """Seconds since 1970 as Django wants its times."""
    if not seconds:
        return None
    return datetime.fromtimestamp(float(seconds), UTC if settings.USE_TZ else None)


def _text(fields: dict[str, Any], name: str) -> str:
    return fields.get(name, b"").decode()
