"""Periodic tasks: `@task(cron="0 3 * * *")`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cronsim import CronSim
from django.utils import timezone

from ..backend import QueueBackend
from ..queue_task import QueueTask, QueueTaskResult, periodic


def enqueue_due(
    backend: QueueBackend,
    tasks: Mapping[str, QueueTask] | None = None,
    now: float | None = None,
) -> list[QueueTaskResult]:
    """Queues the due tasks, of all tasks of this process by default, by the clock of Redis, so that
    workers agree. Every worker may call it at any time: each occurrence is queued once. If several
    occurrences were missed while no worker ran, only one is queued."""
    known = periodic if tasks is None and backend.supports_cron else tasks or {}
    mine = {path: task for path, task in known.items() if task.backend == backend.alias}
    if not mine:
        return []
    now = backend.broker.time() if now is None else now
    moment = datetime.fromtimestamp(now, timezone.get_default_timezone())
    results = [
        backend.enqueue_occurrence(task, path, latest_occurrence(task.cron or "", moment), now)
        for path, task in mine.items()
    ]
    return [result for result in results if result]


def latest_occurrence(cron: str, moment: datetime) -> float:
    """Returns the seconds since 1970 of the last occurrence at or before `moment`, an aware time.

    When clocks change, occurrences follow the rule of Debian's cron. With a star as minute or hour,
    they occur whenever clocks show that time: an hourly task also runs in an hour that occurs
    twice. Other tasks occur once on each of their days: at the first of two equal times, and at the
    end of the gap if the time is skipped on that day.
    """
    second = moment.replace(microsecond=0)
    occurrences = [_latest(cron, second, second.replace(tzinfo=None))]
    if second.fold:  # clocks show these times for the second time
        repeated = second.replace(fold=0).utcoffset() - second.utcoffset()  # type: ignore[operator]
        occurrences.append(_latest(cron, second, second.replace(tzinfo=None) + repeated))
    return max(occurrences)


def _latest(cron: str, moment: datetime, shown: datetime) -> float:
    """Returns the last one of the occurrences at times that clocks show until `shown`."""
    minute, hour, *rest = cron.split()
    once = len(rest) == 3 and not minute.startswith("*") and not hour.startswith("*")
    for time in CronSim(cron, shown + timedelta(seconds=1), reverse=True):
        seconds = _seconds(time.replace(tzinfo=moment.tzinfo))
        if once:
            seconds = seconds[:1] or _after_gap(time.replace(tzinfo=moment.tzinfo))
        for one in reversed(seconds):
            if one <= moment.timestamp():
                return one
    raise ValueError(f"{cron!r} never occurs.")


def _seconds(time: datetime) -> list[float]:
    """Returns the moments when clocks show that time: two, one, or none."""
    both = {time.replace(fold=fold).timestamp() for fold in (0, 1)}
    shown = time.replace(fold=0, tzinfo=None)
    times = {second: datetime.fromtimestamp(second, time.tzinfo) for second in both}
    return sorted(s for s, at in times.items() if at.replace(fold=0, tzinfo=None) == shown)


def _after_gap(time: datetime) -> list[float]:
    while not (seconds := _seconds(time)):
        time += timedelta(minutes=1)
    return seconds
