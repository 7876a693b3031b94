"""The logger of the queue. It never raises: a handler that a task has broken, as by closing
sys.stderr, must not end a worker or undo what it was about to report."""

import contextlib
import logging
from typing import Any


class ToughLogger(logging.LoggerAdapter):
    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(BaseException):
            super().log(level, msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        return msg, kwargs  # with its `extra`, which LoggerAdapter would take away


logger = ToughLogger(logging.getLogger("tasks"))
