from collections.abc import Callable, Coroutine
from dataclasses import fields
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    Protocol,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

from .api import (
    DEFAULT_TASK_BACKEND_ALIAS,
    DEFAULT_TASK_PRIORITY,
    DEFAULT_TASK_QUEUE_NAME,
    task_backends,
)
from .queue_task import QueueTask, QueueTaskContext, QueueTaskResult

__all__ = ["QueueTask", "QueueTaskContext", "QueueTaskResult", "TaskOptions", "task"]

P = ParamSpec("P")
T = TypeVar("T")


class TaskOptions(TypedDict, total=False):
    """The options of `@task(...)`. The fields of QueueTask say what they mean."""

    priority: int
    queue_name: str
    backend: str
    max_attempts: int | None
    retry_on: tuple[type[BaseException], ...]
    timeout: float | None
    unique: bool
    rate_limit: str | None
    ttl: int | None
    on_commit: bool | str | None
    cron: str | None


OWN_OPTIONS = TaskOptions.__annotations__.keys() - {"priority", "queue_name", "backend"}


class Decorator(Protocol):
    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, T]], /) -> QueueTask[P, T]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> QueueTask[P, T]: ...


class ContextDecorator(Protocol):
    """Decorates a function whose first argument is the context, which callers do not pass."""

    @overload
    def __call__(
        self, function: Callable[Concatenate[QueueTaskContext, P], Coroutine[Any, Any, T]], /
    ) -> QueueTask[P, T]: ...
    @overload
    def __call__(
        self, function: Callable[Concatenate[QueueTaskContext, P], T], /
    ) -> QueueTask[P, T]: ...


@overload
def task(function: Callable[P, Coroutine[Any, Any, T]], /) -> QueueTask[P, T]: ...
@overload
def task(function: Callable[P, T], /) -> QueueTask[P, T]: ...
@overload
def task(*, takes_context: Literal[True], **options: Unpack[TaskOptions]) -> ContextDecorator: ...
@overload
def task(*, takes_context: Literal[False] = False, **options: Unpack[TaskOptions]) -> Decorator: ...
def task(function: Any = None, *, takes_context: bool = False, **options: Any) -> Any:
    """Makes a function a task: `@task` or `@task(max_attempts=3)`. Raises InvalidTask, and
    TypeError for an unknown option."""
    if "run_after" in options:
        raise TypeError("run_after is set for each call: .using(run_after=…).enqueue(…).")
    options.setdefault("priority", DEFAULT_TASK_PRIORITY)
    options.setdefault("queue_name", DEFAULT_TASK_QUEUE_NAME)
    backend = options.setdefault("backend", DEFAULT_TASK_BACKEND_ALIAS)

    def decorate(function: Callable[..., Any]) -> Any:
        kind = task_backends[backend].task_class
        unknown = options.keys() & OWN_OPTIONS - {field.name for field in fields(kind)}
        if unknown:
            raise TypeError(
                f"TASKS[{backend!r}] has no option {', '.join(sorted(unknown))}. In tests, use"
                f" {__package__}.testing.InMemoryBackend."
            )
        return kind(func=function, takes_context=takes_context, run_after=None, **options)

    return decorate if function is None else decorate(function)
