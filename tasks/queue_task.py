"""A task of this backend, its result, and the context of a task that runs."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar

from asgiref.sync import sync_to_async

from .api import TASK_REFRESH_ATTRS, Task, TaskContext, TaskResult

P = ParamSpec("P")
T = TypeVar("T")

RETRIED_ATTEMPTS = 3
BACKOFF_SECONDS = 1.0
BACKOFF_MAX_SECONDS = 3600.0

periodic: dict[str, "QueueTask"] = {}
"""The tasks with a `cron`, by the path of their function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTask(Task, Generic[P, T]):  # Django's own Task is not generic
    """A task of the Tasks API with the additional options of this backend in `@task(...)`."""

    max_attempts: int | None = None
    """The total number of attempts that an exception or the death of a worker may end. If it is not
    set, an exception is final, and a task whose worker died has three attempts."""

    retry_on: tuple[type[BaseException], ...] = ()
    """The exceptions after which it is tried again. With `max_attempts` only: every Exception."""

    timeout: float | None = None
    """Seconds, after which the task is recorded as failed with TaskTimeout."""

    unique: bool = False
    """Only one task with the same arguments waits or runs at a time."""

    rate_limit: str | None = None
    """The maximum of starts of this function in a period: "10/s", "10/m", "10/h", "10/d"."""

    ttl: int | None = None
    """Seconds to keep the result of a success; OPTIONS["result_ttl"] by default."""

    on_commit: bool | str | None = None
    """Queue it when the transaction around the call commits, of the default database or of the one
    with this alias; OPTIONS["on_commit"] by default."""

    cron: str | None = None
    """Queue it automatically at these times: "*/5 * * * *", in TIME_ZONE."""

    owner: str = ""
    """The user on whose behalf it is queued; set by `using`, stored in the result."""

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if self.cron:
            periodic.setdefault(self.module_path, self)

    def using(
        self,
        *,
        priority: int | None = None,
        queue_name: str | None = None,
        run_after: datetime | None = None,
        backend: str | None = None,
        owner: str | None = None,
        on_commit: bool | str | None = None,
    ) -> Self:
        """Returns a copy of the task with these options."""
        changes: dict[str, Any] = {
            "priority": priority,
            "queue_name": queue_name,
            "run_after": run_after,
            "backend": backend,
            "owner": owner,
            "on_commit": on_commit,
        }
        return replace(
            self, **{name: value for name, value in changes.items() if value is not None}
        )

    def enqueue_many(self, arguments: Iterable[tuple | dict]) -> "list[QueueTaskResult[T]]":
        """Queues one task for each element, which is a tuple of arguments or a dict of named ones,
        in one round trip. Returns their results in order."""
        return self.get_backend().enqueue_many(self, arguments)  # type: ignore[attr-defined]

    def seconds_to_retry(self, error: BaseException, attempt: int) -> float | None:
        """Returns a delay that doubles with each attempt, randomized by half either way; None if
        there is no other attempt. After
        KeyboardInterrupt it is 0, as after the death of a worker, which KeyboardInterrupt ends."""
        kinds = self.retry_on or ((Exception,) if self.max_attempts else ())
        limit = self.max_attempts or RETRIED_ATTEMPTS
        if attempt < limit and issubclass(type(error), KeyboardInterrupt):
            return 0.0
        if attempt >= limit or not issubclass(type(error), kinds):
            return None
        delay = min(BACKOFF_SECONDS * 2 ** min(attempt - 1, 20), BACKOFF_MAX_SECONDS)
        return delay * random.uniform(0.5, 1.5)  # noqa: S311

    if TYPE_CHECKING:  # Django's own Task is not generic

        def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> "QueueTaskResult[T]": ...
        async def aenqueue(self, *args: P.args, **kwargs: P.kwargs) -> "QueueTaskResult[T]": ...
        def get_result(self, result_id: str) -> "QueueTaskResult[T]": ...
        async def aget_result(self, result_id: str) -> "QueueTaskResult[T]": ...
        def call(self, *args: P.args, **kwargs: P.kwargs) -> T: ...
        async def acall(self, *args: P.args, **kwargs: P.kwargs) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskResult(TaskResult, Generic[T]):  # type: ignore[misc]  # the stubs are not frozen
    task: QueueTask

    owner: str = ""
    """The user on whose behalf the task was queued, or empty."""

    progress: dict[str, Any] | None = None
    """The latest progress that the task reported: {"done", "total", "note"}."""

    def __post_init__(self) -> None:
        """Skips Django's normalization: arguments were normalized when they were queued."""

    def refresh(self) -> None:
        fresh = self.task.get_backend().get_result(self.id)
        for name in (*TASK_REFRESH_ATTRS, "progress"):
            object.__setattr__(self, name, getattr(fresh, name))

    async def arefresh(self) -> None:
        await sync_to_async(self.refresh)()

    if TYPE_CHECKING:

        @property
        def return_value(self) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaskContext(TaskContext):  # type: ignore[misc]
    """The first argument of a task with `takes_context=True`."""

    task_result: QueueTaskResult
    set_progress: Callable[[dict[str, Any]], None]

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Sets the progress in the result. It is written at most ten times a second, and at the
        end."""
        self.set_progress({"done": done, "total": total, "note": note})
