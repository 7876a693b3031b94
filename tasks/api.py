"""The Tasks API: of `django_tasks` if it is one of the project's apps, otherwise of Django, which
has it since 6.0."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

BACKPORT = django.VERSION < (6,) or any(
    app.partition(".")[0] == "django_tasks" for app in settings.INSTALLED_APPS
)

if TYPE_CHECKING or BACKPORT:
    from django_tasks import default_task_backend, exceptions, task_backends
    from django_tasks import task as plain_task
    from django_tasks.backends.base import BaseTaskBackend
    from django_tasks.base import (
        DEFAULT_TASK_BACKEND_ALIAS,
        DEFAULT_TASK_PRIORITY,
        DEFAULT_TASK_QUEUE_NAME,
        TASK_REFRESH_ATTRS,
        Task,
        TaskContext,
        TaskError,
        TaskResult,
        TaskResultStatus,
    )
    from django_tasks.exceptions import (
        TaskException,
        TaskResultDoesNotExist,
        TaskResultMismatch,
    )
    from django_tasks.signals import task_enqueued, task_finished, task_started
else:
    from django.tasks import default_task_backend, exceptions, task_backends
    from django.tasks import task as plain_task
    from django.tasks.backends.base import BaseTaskBackend
    from django.tasks.base import (
        DEFAULT_TASK_BACKEND_ALIAS,
        DEFAULT_TASK_PRIORITY,
        DEFAULT_TASK_QUEUE_NAME,
        TASK_REFRESH_ATTRS,
        Task,
        TaskContext,
        TaskError,
        TaskResult,
        TaskResultStatus,
    )
    from django.tasks.exceptions import (
        TaskException,
        TaskResultDoesNotExist,
        TaskResultMismatch,
    )
    from django.tasks.signals import task_enqueued, task_finished, task_started

PACKAGE = "django_tasks" if BACKPORT else "django.tasks"


def task_with_options(
    function: Callable[..., Any] | None = None,
    *,
    priority: int = DEFAULT_TASK_PRIORITY,
    queue_name: str = DEFAULT_TASK_QUEUE_NAME,
    backend: str = DEFAULT_TASK_BACKEND_ALIAS,
    **options: Any,
) -> Any:
    """Decorates a function like django_tasks and Django 6.1 do; the decorator of Django 6.0 has no
    options for a backend."""

    def decorate(function: Callable[..., Any]) -> Task:
        general: dict[str, Any] = {"priority": priority, "queue_name": queue_name}
        general |= {"backend": backend, "run_after": None}
        return task_backends[backend].task_class(func=function, **general, **options)

    return decorate(function) if function else decorate


HAS_OPTIONS = TYPE_CHECKING or BACKPORT or django.VERSION >= (6, 1)
task = plain_task if HAS_OPTIONS else task_with_options

_names = vars(exceptions)
InvalidTask: type[TaskException] = _names.get("InvalidTask") or _names["InvalidTaskError"]
"""Its name in Django, and in django_tasks after 0.12; until then it is InvalidTaskError."""

__all__ = [
    "DEFAULT_TASK_BACKEND_ALIAS",
    "DEFAULT_TASK_QUEUE_NAME",
    "PACKAGE",
    "TASK_REFRESH_ATTRS",
    "BaseTaskBackend",
    "InvalidTask",
    "Task",
    "TaskContext",
    "TaskError",
    "TaskException",
    "TaskResult",
    "TaskResultDoesNotExist",
    "TaskResultMismatch",
    "TaskResultStatus",
    "default_task_backend",
    "task",
    "task_backends",
    "task_enqueued",
    "task_finished",
    "task_started",
]
