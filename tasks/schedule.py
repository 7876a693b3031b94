"""Periodic tasks: `@task(cron="0 3 * * *")`."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from cronsim import CronSim
from django.utils import timezone

from tasks.backend import RedisQueueBackend
from tasks.results import QueueTaskResult
from tasks.task import QueueTask, periodic


def queue_due(
    backend: RedisQueueBackend,
    tasks: Mapping[str, QueueTask] | None = None,
    now: float | None = None,
) -> list[QueueTaskResult]:
    """All of this process by default. Every worker may ask at any time: each turn is queued once.
    Turns missed while no worker ran are made up by one."""
    moment = datetime.fromtimestamp(
        time.time() if now is None else now, timezone.get_default_timezone()
    )
    known = periodic if tasks is None else tasks
    mine = {path: task for path, task in known.items() if task.backend == backend.alias}
    results = [
        backend.enqueue_turn(task, path, latest_turn(task.cron or "", moment))
        for path, task in mine.items()
    ]
    return [result for result in results if result]


def latest_turn(cron: str, moment: datetime) -> float:
    """Seconds since 1970 of the last turn at or before `moment`."""
    after = moment.replace(microsecond=0) + timedelta(seconds=1)
    return next(CronSim(cron, after, reverse=True)).timestamp()
