"""What a worker says, for people or for machines."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from tasks.execution import Execution
from tasks.queue import Outcome

logger = logging.getLogger("tasks")

Ended = tuple[Execution, Outcome]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what `extra={"task": …}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "task", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def report(ended: Sequence[Ended]) -> None:
    """A line for each task that came alone or was not done, one for all others of a batch: nobody
    reads ten thousand lines a second."""
    if not logger.isEnabledFor(logging.INFO):
        return
    done = [pair for pair in ended if pair[1].verdict == "done"]
    together = done if len(done) > 1 else []
    for execution, outcome in ended:
        if outcome.verdict != "done" or not together:
            fields = _fields(execution, outcome)
            logger.info("%s", _sentence(execution, outcome), extra={"task": fields})
    if together:
        names = Counter(execution.name for execution, _ in together)
        what = ", ".join(f"{name} × {count}" for name, count in names.items())
        took = _duration(sum(outcome.finished - outcome.started for _, outcome in together))
        logger.info("%s done in %s", what, took, extra={"task": {"tasks": len(together)}})


def _sentence(execution: Execution, outcome: Outcome) -> str:
    name, took = execution.name, _duration(outcome.finished - outcome.started)
    match outcome.verdict:
        case "done":
            return f"{name} done in {took} ({outcome.id})"
        case "retry":
            return (
                f"{name} failed on try {outcome.attempt} after {took}: {execution.error!r}; "
                f"again in {_duration(outcome.seconds)} ({outcome.id})"
            )
    return f"{name} failed after {took}: {execution.error!r} ({outcome.id})"


def _fields(execution: Execution, outcome: Outcome) -> dict[str, object]:
    return {
        "id": outcome.id,
        "function": execution.name,
        "queue": outcome.queue,
        "verdict": outcome.verdict,
        "attempt": int(outcome.attempt),
        "took_ms": outcome.took_ms,
        "waited_ms": outcome.waited_ms,
    }


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
