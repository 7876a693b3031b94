"""The way to Redis, and what happens while it is out of reach: every call answers with nothing at
once, one call a second tries again, and the log has a line when it goes and one when it is back."""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import redis
import redis.asyncio
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

OPTIONS = {"decode_responses": True, "socket_connect_timeout": 1, "socket_timeout": 2}  # seconds
RETRY_SECONDS = 1
# A burst of requests waits for one of these; a pool that does not queue would refuse it.
ASYNC_CONNECTIONS = 16
QUEUE_SECONDS = 2

log = logging.getLogger(__name__)


class Outage:
    """`with outage:` swallows Redis' errors and keeps `on`. `lost`: what the log says then."""

    def __init__(self, lost: str = "Redis does not answer, so nobody counts as online") -> None:
        self.lost, self.on = lost, False
        self.retry_at = 0.0

    def holds_back(self) -> bool:
        """True while Redis is known to be away, but for one call a second."""
        if not self.on:
            return False
        now = time.monotonic()
        waiting = now < self.retry_at
        if not waiting:
            self.retry_at = now + RETRY_SECONDS
        return waiting

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, traceback: object) -> bool:
        failed = isinstance(error, redis.RedisError)
        if failed:
            self.retry_at = time.monotonic() + RETRY_SECONDS
        if failed and not self.on:
            log.warning("%s: %s", self.lost, error)
        if self.on and error is None:
            log.warning("Redis answers again.")
        if failed or error is None:
            self.on = failed
        return failed


outage = Outage()


def unless_away(nothing: Callable[[], Any]) -> Callable[[Callable], Callable]:
    """Has a function, sync or async, return `nothing()` while Redis is out of reach."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def call(*args, **kwargs):
            if not outage.holds_back():
                with outage:
                    return function(*args, **kwargs)
            return nothing()

        @wraps(function)
        async def acall(*args, **kwargs):
            if not outage.holds_back():
                with outage:
                    return await function(*args, **kwargs)
            return nothing()

        return acall if iscoroutinefunction(function) else call

    return decorate


def client() -> redis.Redis:
    return connect(settings.REDIS_URL)


@cache
def connect(url: str) -> redis.Redis:
    # Once more on a lost connection: an idle one is stale after a restart of Redis.
    retry = Retry(NoBackoff(), 1, (redis.ConnectionError,))
    return redis.Redis.from_url(url, retry=retry, **OPTIONS)


def aclient() -> redis.asyncio.Redis:
    """The running loop's, for asyncio's connections belong to a loop."""
    loop = asyncio.get_running_loop()
    clients = async_clients.setdefault(loop, {})
    if settings.REDIS_URL not in clients:
        clients[settings.REDIS_URL] = aconnect(settings.REDIS_URL)
        forget_closed_loops()
    return clients[settings.REDIS_URL]


async_clients: dict[asyncio.AbstractEventLoop, dict[str, redis.asyncio.Redis]] = {}


def aconnect(url: str) -> redis.asyncio.Redis:
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=ASYNC_CONNECTIONS,
        timeout=QUEUE_SECONDS,
        retry=AsyncRetry(NoBackoff(), 1, (redis.ConnectionError,)),
        **OPTIONS,
    )
    return redis.asyncio.Redis.from_pool(pool)


def forget_closed_loops() -> None:
    for loop in [loop for loop in async_clients if loop.is_closed()]:
        del async_clients[loop]
