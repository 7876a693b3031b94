"""Checks of INSTALLED_APPS. Each backend checks its own part of TASKS."""

from collections.abc import Iterator
from typing import Any

import django
from django.apps import apps
from django.core import checks

if django.VERSION >= (6,):
    from . import api  # noqa: F401  # registers the API's check, which calls the backends


@checks.register
def check_apps(app_configs: Any = None, **kwargs: Any) -> Iterator[checks.CheckMessage]:
    names = [config.name for config in apps.get_app_configs()]
    if "channels" in names[: names.index(__package__)]:
        yield checks.Warning(
            f"channels is before {__package__} in INSTALLED_APPS: `manage.py runworker` runs its"
            " worker, which does not run tasks.",
            hint=f"Move {__package__} before channels.",
            id="task_queue.W002",
        )
    if django.VERSION < (6,) and "django_tasks" not in names:
        yield checks.Warning(
            "django_tasks is not in INSTALLED_APPS: nothing checks TASKS, and no step of a task is"
            " logged.",
            hint="Add it. Django 6 does not need it.",
            id="task_queue.W003",
        )
