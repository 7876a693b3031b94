"""Classifies errors of Redis: it is out of reach, or it refuses writes."""

import time

import redis
from django.conf import settings

from presence.connection import ERRORS, new_client

PROBE_KEY = "probe"  # its value is the last second in which a write was tried
PROBE_KEY_SECONDS = 60

# Errors of a server that responds, but refuses writes until somebody repairs it.
REFUSING = (redis.OutOfMemoryError, redis.ReadOnlyError)
REFUSING_CODES = ("MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN")


def is_outage(error: Exception) -> bool:
    return is_away(error) or isinstance(error, REFUSING) or str(error).startswith(REFUSING_CODES)


def is_away(error: Exception) -> bool:
    return isinstance(error, redis.ConnectionError | redis.TimeoutError)


def name_of(error: BaseException) -> str:
    """Returns a name such as OutOfMemoryError or ConnectionError. If redis-py has no class for the
    error, returns the server's own name: MISCONF, WRONGTYPE."""
    if type(error) is redis.ConnectionError and isinstance(error.__cause__, redis.RedisError):
        return name_of(error.__cause__)  # a wrong password, in asyncio's client
    code = str(error).partition(" ")[0]
    return code if type(error) is redis.ResponseError and code.isupper() else type(error).__name__


def accepts_writes() -> bool:
    """Tests a write on a new connection: an old one still works after a change of the password."""
    try:
        with new_client(settings.REDIS_URL) as client:
            return bool(client.set(PROBE_KEY, int(time.time()), ex=PROBE_KEY_SECONDS))
    except ERRORS:
        return False
