"""Metrics for Prometheus, which the project serves."""

from collections.abc import Iterator
from typing import NamedTuple

from ..api import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from ..backend import RedisQueueBackend
from ..redis.client import ERRORS
from .inspection import COUNTS, Inspection

DEPTHS = ("waiting", "scheduled", "running")  # the other states have capped lists
TOTALS = {
    "done": ("tasks_done", "Tasks that succeeded."),
    "failed": ("tasks_failed", "Tasks that failed after their last attempt."),
    "retried": ("tasks_retried", "Attempts that failed before another attempt."),
    "waited": ("tasks_waited_seconds", "Time that due tasks waited before they began."),
    "took": ("tasks_took_seconds", "Time that tasks ran."),
}


class Metric(NamedTuple):
    name: str
    kind: str  # gauge or counter
    help: str
    labels: dict[str, str]
    value: float


def metrics(backend: str = DEFAULT_TASK_BACKEND_ALIAS) -> list[Metric]:
    """Returns the metrics of a backend; empty while Redis does not respond."""
    chosen = task_backends[backend]
    if not isinstance(chosen, RedisQueueBackend):
        return []
    try:
        return list(_metrics(Inspection(chosen)))
    except ERRORS:
        return []


def _metrics(inspection: Inspection) -> Iterator[Metric]:
    workers = len(inspection.workers())
    yield Metric("tasks_workers", "gauge", "Live worker processes.", {}, workers)
    for queue in inspection.names():
        for state in DEPTHS:
            labels, depth = {"queue": queue, "state": state}, inspection.depth(queue, state)
            yield Metric("tasks_depth", "gauge", "Tasks by state.", labels, depth)
        totals = inspection.totals(queue)
        for what in COUNTS:
            name, help = TOTALS[what]
            value = totals[what] / 1000 if name.endswith("seconds") else totals[what]
            yield Metric(name, "counter", help, {"queue": queue}, value)
