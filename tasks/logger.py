"""The log of the task queue."""

import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from .api import PACKAGE


class ToughLogger(logging.LoggerAdapter):
    """A logger that never raises: a handler that a task has broken, for example by closing
    sys.stderr, must not end a worker or undo its next step."""

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(BaseException):
            super().log(level, msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        return msg, kwargs  # LoggerAdapter would remove `extra`


logger = ToughLogger(logging.getLogger("task_queue"))


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: time, level, logger, message, and the values of
    `extra={"task": …}`."""

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
    """Shows the log of the task queue even if LOGGING does not mention it. The Tasks API logs two
    lines for each task, with less information."""
    logger.setLevel(logging.INFO if verbosity else logging.WARNING)
    logging.getLogger(PACKAGE).setLevel(logging.WARNING)
    if not logger.hasHandlers():
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    if as_json:
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())


def _message(record: logging.LogRecord) -> str:
    """Returns the message. If the arguments do not fit the text, both are shown unchanged."""
    try:
        return record.getMessage()
    except Exception:
        return f"{record.msg!s} {record.args!r}"
