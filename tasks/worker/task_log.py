"""What a worker says, for people or for machines."""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from tasks.api import PACKAGE
from tasks.logger import logger
from tasks.redis.queue import Outcome
from tasks.worker.attempt import Execution

LINE_SECONDS = 0.1  # what was done in quicker succession shares a line

Ended = tuple[Execution, Outcome]


class Report:
    """A line for each task, or for many together where they are too many to read. Whatever did not
    go well has a line of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.names: Counter[str] = Counter()
        self.seconds, self.said = 0.0, float("-inf")

    def add(self, ended: Sequence[Ended]) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        done = [pair for pair in ended if pair[1].verdict == "done"]
        for pair in ended:
            if pair[1].verdict != "done":
                _say(*pair)
        now = time.monotonic()
        if len(done) == 1 and now - self.said > LINE_SECONDS and not self.names:
            self.said = now
            _say(*done[0])
        elif done:
            self._gather(done)

    def flush(self) -> None:
        """Say what was gathered; the watcher does so now and then."""
        with self.lock:
            names, seconds = self.names, self.seconds
            self.names, self.seconds = Counter(), 0.0
        if names:
            what = ", ".join(f"{name} × {count}" for name, count in names.items())
            fields = {"tasks": names.total(), "took_ms": round(seconds * 1000)}
            logger.info("%s done in %s", what, _duration(seconds), extra={"task": fields})

    def _gather(self, done: Sequence[Ended]) -> None:
        with self.lock:
            self.names.update(execution.name for execution, _ in done)
            self.seconds += sum(outcome.finished - outcome.started for _, outcome in done)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what `extra={"task": …}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        details = getattr(record, "task", None)
        if isinstance(details, dict):
            line |= details
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False, default=str)
        return text.encode(errors="backslashreplace").decode()


def configure(as_json: bool, verbosity: int) -> None:
    """Our lines are shown also where LOGGING says nothing of them. The Tasks API logs two lines for
    each task, which say less."""
    logger.setLevel(logging.INFO if verbosity else logging.WARNING)
    logging.getLogger(PACKAGE).setLevel(logging.WARNING)
    if not logger.hasHandlers():
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    if as_json:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())


def _message(record: logging.LogRecord) -> str:
    """A call whose arguments do not fit its text is shown as it is, instead of being left out."""
    try:
        return record.getMessage()
    except Exception:
        return f"{record.msg!s} {record.args!r}"


def _say(execution: Execution, outcome: Outcome) -> None:
    fields = {
        "id": outcome.id,
        "function": execution.name,
        "queue": outcome.queue,
        "verdict": outcome.verdict,
        "attempt": int(outcome.attempt),
        "took_ms": outcome.took_ms,
        "waited_ms": outcome.waited_ms,
    }
    logger.info("%s", _sentence(execution, outcome), extra={"task": fields})


def _sentence(execution: Execution, outcome: Outcome) -> str:
    name, took = execution.name, _duration(outcome.finished - outcome.started)
    error = execution.failure.line if execution.failure else ""
    match outcome.verdict:
        case "done":
            return f"{name} done in {took} ({outcome.id})"
        case "retry":
            again = _duration(outcome.seconds)
            return (
                f"{name} failed on try {outcome.attempt} after {took}: {error};"
                f" again in {again} ({outcome.id})"
            )
    return f"{name} failed after {took}: {error} ({outcome.id})"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
