import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, ParamSpec, TypeVar

from tasks.api import Task

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

    on_commit: bool | None = None
    """Queue it when the transaction around the call commits; OPTIONS["on_commit"] by default."""

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
    ) -> "QueueTask[P, T]":
        changes: dict[str, Any] = {
            "priority": priority,
            "queue_name": queue_name,
            "run_after": run_after,
            "backend": backend,
            "owner": owner,
        }
        return replace(
            self, **{name: value for name, value in changes.items() if value is not None}
        )

    def enqueue_many(self, arguments: Iterable[tuple | dict]) -> list:
        """Queues one task for each element, which is a tuple of arguments or a dict of named ones,
        in one round trip. Returns their results in order."""
        return self.get_backend().enqueue_many(self, arguments)  # type: ignore[attr-defined]

    def seconds_to_retry(self, error: BaseException, attempt: int) -> float | None:
        """Returns a delay that doubles with each attempt, randomized by half either way; None if
        there is no other attempt."""
        kinds = self.retry_on or ((Exception,) if self.max_attempts else ())
        limit = self.max_attempts or RETRIED_ATTEMPTS
        if attempt >= limit or not issubclass(type(error), kinds):
            return None
        delay = min(BACKOFF_SECONDS * 2 ** min(attempt - 1, 20), BACKOFF_MAX_SECONDS)
        return delay * random.uniform(0.5, 1.5)  # noqa: S311
