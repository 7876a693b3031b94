"""Filters for the log: one line when Redis or the database goes away, and one when it is back,
instead of a traceback for each request."""

import logging
import threading
import time
from itertools import islice
from typing import Any

import redis

from chatsite.ops import redis_outage
from chatsite.ops.database_outage import is_away, outage
from chatsite.ops.exception_causes import causes
from chatsite.ops.redis_outage import name_of

RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)


class RedisOutageFilter(logging.Filter):
    """Filters the records of libraries that log every failure. Our own apps log outages
    themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.away = threading.Lock()
        self.reported: set[str] = set()  # names of reported errors that are not an outage

    def filter(self, record: logging.LogRecord) -> bool:
        error = redis_error(record)
        if error is None:
            return True
        is_outage = redis_outage.is_outage(error)
        text = self.begin_outage(error) if is_outage else self.report_once(error)
        if text:
            record.msg, record.args = (
                f"{text} ({name_of(error)}); the site continues without it.",
                (),
            )
            record.exc_info = record.exc_text = None
        return bool(text)

    def begin_outage(self, error: Exception) -> str:
        """Returns the text for the log; empty if the outage is already known."""
        if not self.away.acquire(blocking=False):
            return ""
        threading.Thread(target=self.wait_until_back, daemon=True).start()
        return "Redis is out of reach" if redis_outage.is_away(error) else "Redis refuses writes"

    def report_once(self, error: Exception) -> str:
        if name_of(error) in self.reported:
            return ""
        self.reported.add(name_of(error))
        return f"Redis refuses a command: {error}"

    def wait_until_back(self) -> None:
        while not redis_outage.accepts_writes():
            time.sleep(RETRY_SECONDS)
        self.away.release()
        logger.warning("Redis is back.")


def redis_error(record: logging.LogRecord) -> redis.RedisError | None:
    error = record.exc_info[1] if record.exc_info else None
    if error is None or not record.name.startswith(("django_redis", "channels_redis")):
        return None
    *_, cause = islice(causes(error), 2)
    return cause if isinstance(cause, redis.RedisError) else None


class DatabaseOutageFilter(logging.Filter):
    """Drops the records of each failure: a traceback by Django for each request, a line by the hub
    and the worker for each post, heartbeat and task."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = next((error for error in errors_of(record) if is_away(error)), None)
        if error is None:
            return True
        outage.report(error)
        return False


def errors_of(record: logging.LogRecord) -> list[Any]:
    arguments = record.args if isinstance(record.args, tuple) else ()
    errors = [one for one in arguments if issubclass(type(one), BaseException)]
    if record.exc_info and record.exc_info[1] is not None:
        errors.append(record.exc_info[1])
    return errors
