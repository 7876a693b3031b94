"""One log line when Redis goes away or refuses writes, and one when it is back, instead of a
traceback for each request."""

import logging
import threading
import time
from itertools import islice

import redis
from django.conf import settings

from chatsite.ops.exception_causes import causes
from presence.connection import ERRORS, new_client

RETRY_SECONDS = 0.5
PROBE = "probe"  # a key; the last second in which a write was tried
PROBE_KEPT_SECONDS = 60

# A server that answers, and writes nothing until somebody mends it.
REFUSING = (redis.OutOfMemoryError, redis.ReadOnlyError)
REFUSING_CODES = ("MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN")

logger = logging.getLogger(__name__)


class OncePerOutage(logging.Filter):
    """For the libraries that log every failure. Our own apps say themselves what they do without
    Redis."""

    def __init__(self) -> None:
        super().__init__()
        self.away = threading.Lock()
        self.reported: set[str] = set()  # names of errors that are not an outage

    def filter(self, record: logging.LogRecord) -> bool:
        error = redis_error(record)
        if error is None:
            return True
        what = self.began(error) if is_outage(error) else self.first(error)
        if what:
            record.msg, record.args = f"{what} ({name_of(error)}); the site goes on without it.", ()
            record.exc_info = record.exc_text = None
        return bool(what)

    def began(self, error: Exception) -> str:
        if not self.away.acquire(blocking=False):
            return ""
        threading.Thread(target=self.wait, daemon=True).start()
        return "Redis is out of reach" if is_away(error) else "Redis refuses writes"

    def first(self, error: Exception) -> str:
        if name_of(error) in self.reported:
            return ""
        self.reported.add(name_of(error))
        return f"Redis refuses a command: {error}"

    def wait(self) -> None:
        while not accepts_writes():
            time.sleep(RETRY_SECONDS)
        self.away.release()
        logger.warning("Redis is back.")


def redis_error(record: logging.LogRecord) -> redis.RedisError | None:
    error = record.exc_info[1] if record.exc_info else None
    if error is None or not record.name.startswith(("django_redis", "channels_redis")):
        return None
    *_, cause = islice(causes(error), 2)
    return cause if isinstance(cause, redis.RedisError) else None


def is_away(error: Exception) -> bool:
    return isinstance(error, redis.ConnectionError | redis.TimeoutError)


def is_outage(error: Exception) -> bool:
    return is_away(error) or isinstance(error, REFUSING) or str(error).startswith(REFUSING_CODES)


def name_of(error: BaseException) -> str:
    """OutOfMemoryError, ConnectionError; what redis-py has no class for by the server's own name:
    MISCONF, WRONGTYPE."""
    if type(error) is redis.ConnectionError and isinstance(error.__cause__, redis.RedisError):
        return name_of(error.__cause__)  # a wrong password, as asyncio's client has it
    code = str(error).partition(" ")[0]
    return code if type(error) is redis.ResponseError and code.isupper() else type(error).__name__


def accepts_writes() -> bool:
    """By a connection of its own: an old one works on after the password was changed."""
    try:
        with new_client(settings.REDIS_URL) as client:
            return bool(client.set(PROBE, int(time.time()), ex=PROBE_KEPT_SECONDS))
    except ERRORS:
        return False
