"""How many tasks of one person may wait or run, so that nobody fills the queue."""

from typing import Any, cast

from django.core.cache import cache

from chat.exceptions import RateLimited
from tasks.api import TaskResultDoesNotExist
from tasks.exceptions import TaskCorrupt, UnknownTask
from tasks.results import QueueTaskResult, get

REMEMBERED_SECONDS = 24 * 3600
RETRY_SECONDS = 30
TOO_MANY = "Too much of yours is waiting to be done. Try again when some of it has finished."


def enqueue(task: Any, user: Any, limit: int, *arguments: Any) -> QueueTaskResult:
    """Queues the task on behalf of `user`. Raises RateLimited if `limit` of theirs are unfinished,
    and tasks.exceptions.QueueUnavailable."""
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
