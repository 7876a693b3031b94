"""Figures for Prometheus, for whoever serves them."""

from typing import NamedTuple

from tasks.api import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from tasks.backend import RedisQueueBackend
from tasks.redis.outage import ERRORS
from tasks.stats.inspection import COUNTS, Inspection

TOTALS = {
    "done": ("tasks_done", "Tasks that succeeded."),
    "failed": ("tasks_failed", "Tasks that failed for good."),
    "retried": ("tasks_retried", "Tries that failed and were followed by another."),
    "waited": ("tasks_waited_seconds", "Time that tasks waited after they could have begun."),
    "took": ("tasks_took_seconds", "Time that tasks took."),
}


class Figure(NamedTuple):
    name: str
    kind: str  # gauge or counter
    help: str
    labels: dict[str, str]
    value: float


def figures(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> list[Figure]:
    """Empty while Redis does not answer."""
    chosen = task_backends[backend]
    if not isinstance(chosen, RedisQueueBackend):
        return []
    try:
        return _figures(Inspection(chosen))
    except ERRORS:
        return []


def _figures(inspection: Inspection) -> list[Figure]:
    workers = len(inspection.workers())
    found = [Figure("tasks_workers", "gauge", "Live worker processes.", {}, workers)]
    for queue in inspection.names():
        for state in ("waiting", "later", "running"):
            labels = {"queue": queue, "state": state}
            depth = inspection.depth(queue, state)
            found.append(Figure("tasks_depth", "gauge", "Tasks by state.", labels, depth))
        totals = inspection.totals(queue)
        for what in COUNTS:
            name, help = TOTALS[what]
            value = totals[what] / 1000 if name.endswith("seconds") else totals[what]
            found.append(Figure(name, "counter", help, {"queue": queue}, value))
    return found
