"""Periodic tasks: `@task(cron="0 3 * * *")`."""

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
    """Queues what is due, of all tasks of this process by default, by the clock of Redis, so that
    workers agree. Every worker may ask at any time: each turn is queued once. Turns missed while
    no worker ran are made up by one."""
    known = periodic if tasks is None else tasks
    mine = {path: task for path, task in known.items() if task.backend == backend.alias}
    if not mine:
        return []
    now = backend.queue.time() if now is None else now
    moment = datetime.fromtimestamp(now, timezone.get_default_timezone())
    results = [
        backend.enqueue_turn(task, path, latest_turn(task.cron or "", moment), now)
        for path, task in mine.items()
    ]
    return [result for result in results if result]


def latest_turn(cron: str, moment: datetime) -> float:
    """Seconds since 1970 of the last turn at or before `moment`, an aware time.

    When clocks change, turns follow the rule of Debian's cron. With a star as minute or hour, they
    come whenever clocks show that time: an hourly task runs in each hour, also in one that comes
    twice. Others come once on each of their days: at the first of two such times, and at the end
    of the gap if there is no such time that day."""
    second = moment.replace(microsecond=0)
    turns = [_latest(cron, second, second.replace(tzinfo=None))]
    if second.fold:  # clocks have shown already what they will show again
        again = second.replace(fold=0).utcoffset() - second.utcoffset()  # type: ignore[operator]
        turns.append(_latest(cron, second, second.replace(tzinfo=None) + again))
    return max(turns)


def _latest(cron: str, moment: datetime, shown: datetime) -> float:
    """Of the turns at times that clocks show until `shown`."""
    minute, hour, *rest = cron.split()
    once = len(rest) == 3 and not minute.startswith("*") and not hour.startswith("*")
    for time in CronSim(cron, shown + timedelta(seconds=1), reverse=True):
        seconds = _seconds(time.replace(tzinfo=moment.tzinfo))
        if once:
            seconds = seconds[:1] or _after_gap(time.replace(tzinfo=moment.tzinfo))
        for one in reversed(seconds):
            if one <= moment.timestamp():
                return one
    raise ValueError(f"{cron!r} never comes.")


def _seconds(time: datetime) -> list[float]:
    """When clocks show that time: twice, once, or never."""
    both = {time.replace(fold=fold).timestamp() for fold in (0, 1)}
    shown = time.replace(fold=0, tzinfo=None)
    times = {second: datetime.fromtimestamp(second, time.tzinfo) for second in both}
    return sorted(s for s, at in times.items() if at.replace(fold=0, tzinfo=None) == shown)


def _after_gap(time: datetime) -> list[float]:
    while not (seconds := _seconds(time)):
        time += timedelta(minutes=1)
    return seconds
