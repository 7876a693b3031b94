"""Limits how many tasks of one user can wait or run, so that nobody fills the queue."""

from typing import Any, cast

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from chat.exceptions import RateLimited
from tasks import QueueTaskResult
from tasks.api import TaskResultDoesNotExist
from tasks.exceptions import TaskCorrupt, UnknownTask
from tasks.results import get

REMEMBERED_SECONDS = 24 * 3600
RETRY_SECONDS = 30
TOO_MANY = _("Too many of your tasks are still running. Try again when some of them have finished.")


def enqueue(task: Any, user: Any, limit: int, *arguments: Any) -> QueueTaskResult:
    """Queues the task for `user`. Raises RateLimited if `limit` of their tasks are unfinished, and
    tasks.exceptions.QueueUnavailable."""
    key = f"task-quota/{task.module_path}/{user.pk}"
    ids = cache.get(key, [])
    if len(ids) >= limit:
        ids = [id for id in ids if not is_finished(id)]
    if len(ids) >= limit:
        raise RateLimited(TOO_MANY, RETRY_SECONDS)
    result = task.using(owner=str(user.pk)).enqueue(*arguments)
    cache.set(key, [*ids, result.id], REMEMBERED_SECONDS)
    return cast(QueueTaskResult, result)


def is_finished(id: str) -> bool:
    try:
        return get(id).is_finished
    except (TaskResultDoesNotExist, TaskCorrupt, UnknownTask):
        return True
