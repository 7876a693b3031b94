"""Logs finished tasks."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence

from ..logger import logger
from ..redis.broker import Outcome
from .attempt import Attempt

LINE_SECONDS = 0.1  # tasks that succeed within this time share a line

Finished = tuple[Attempt, Outcome]


class TaskLog:
    """Logs one line for each task, or one line for many. A task that failed always has its own
    line."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.names: Counter[str] = Counter()
        self.seconds, self.last_line = 0.0, float("-inf")

    def add(self, finished: Sequence[Finished]) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        done = [pair for pair in finished if pair[1].verdict == "done"]
        for pair in finished:
            if pair[1].verdict != "done":
                _log(*pair)
        now = time.monotonic()
        if len(done) == 1 and now - self.last_line > LINE_SECONDS and not self.names:
            self.last_line = now
            _log(*done[0])
        elif done:
            self._gather(done)

    def flush(self) -> None:
        """Logs the gathered tasks; the watcher calls it regularly."""
        with self.lock:
            names, seconds = self.names, self.seconds
            self.names, self.seconds = Counter(), 0.0
        if names:
            counts = ", ".join(f"{name} × {count}" for name, count in names.items())
            fields = {"tasks": names.total(), "took_ms": round(seconds * 1000)}
            logger.info("%s done in %s", counts, _duration(seconds), extra={"task": fields})

    def _gather(self, done: Sequence[Finished]) -> None:
        with self.lock:
            self.names.update(attempt.name for attempt, _ in done)
            self.seconds += sum(outcome.finished - outcome.started for _, outcome in done)


def _log(attempt: Attempt, outcome: Outcome) -> None:
    fields = {
        "id": outcome.id,
        "function": attempt.name,
        "queue": outcome.queue,
        "verdict": outcome.verdict,
        "attempt": int(outcome.attempt),
        "took_ms": outcome.took_ms,
        "waited_ms": outcome.waited_ms,
    }
    logger.info("%s", _sentence(attempt, outcome), extra={"task": fields})


def _sentence(attempt: Attempt, outcome: Outcome) -> str:
    name, took = attempt.name, _duration(outcome.finished - outcome.started)
    error = attempt.failure.line if attempt.failure else ""
    match outcome.verdict:
        case "done":
            return f"{name} done in {took} ({outcome.id})"
        case "retry":
            return (
                f"{name} failed on attempt {outcome.attempt} after {took}: {error};"
                f" next attempt in {_duration(outcome.seconds)} ({outcome.id})"
            )
    return f"{name} failed after {took}: {error} ({outcome.id})"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
