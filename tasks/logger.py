"""The log of the queue."""

import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from tasks.api import PACKAGE


class ToughLogger(logging.LoggerAdapter):
    """Never raises: a handler that a task has broken, for example by closing sys.stderr, must not
    end a worker or undo what it is about to record."""

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(BaseException):
            super().log(level, msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        return msg, kwargs  # with its `extra`, which LoggerAdapter would remove


logger = ToughLogger(logging.getLogger("tasks"))


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
    """Shows the lines of the queue also if LOGGING does not mention them. The Tasks API logs two
    lines for each task, which contain less."""
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
