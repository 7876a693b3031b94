import threading
import time

import redis
from redis.exceptions import RedisClusterException

from tasks.logger import logger

# ConnectionError includes a wrong password, too many clients, and a server that loads its data.
AWAY = (redis.ConnectionError, redis.TimeoutError, OSError, RedisClusterException)
ERRORS = (redis.RedisError, RedisClusterException)  # the latter: no node of a cluster answers


def described(error: Exception) -> str:
    """What is wrong with Redis, by the name of the error."""
    what = "does not answer" if isinstance(error, AWAY) else "refuses a command"
    return f"Redis {what} ({type(error).__name__}: {error})"


class Outage:
    """One log line when Redis goes away, or refuses what it is asked, and one when it is back,
    whoever notices."""

    def __init__(self) -> None:
        self.lock, self.since = threading.Lock(), 0.0

    def began(self, error: Exception) -> None:
        with self.lock:
            first, self.since = not self.since, self.since or time.monotonic()
        if first:
            logger.warning("%s. Tasks wait until it does", described(error))

    def ended(self) -> None:
        if not self.since:
            return
        with self.lock:
            since, self.since = self.since, 0.0
        if since:
            logger.warning("Redis is back after %.1f s", time.monotonic() - since)
