"""Creates clients of Redis, and handles its outages.

While calls fail, they return an empty value, and the log has one line for the start of an outage
and one for its end. Redis is away if the connection failed: then one call a second tries again, and
the others return immediately. A server that replies with an error (it is out of memory or
read-only, a key has another type) still gets every call, because other commands may work.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, cast

import redis
import redis.asyncio
from asgiref.sync import iscoroutinefunction
from django.utils.module_loading import import_string
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import MovedError, RedisClusterException
from redis.retry import Retry

from presence import conf

OPTIONS = {"decode_responses": True, "socket_connect_timeout": 1, "socket_timeout": 2}  # seconds
CLUSTER = "+cluster"  # at the end of a URL's scheme
RETRY_SECONDS = 1
QUIET_SECONDS = 65  # without a refusal; for a minute there may be nothing to write
# When all are in use, further calls wait; a pool without a queue would raise an error.
ASYNC_CONNECTIONS = 16
QUEUE_SECONDS = 2

log = logging.getLogger(__name__)


class Outage:
    """An outage of Redis. `with outage:` suppresses its errors. `consequence` is a part of the log
    lines."""

    def __init__(self, consequence: str = "nobody counts as online") -> None:
        self.consequence, self.is_on = consequence, False  # is_on: Redis is away
        self.retry_at = 0.0
        self.refused: set[str] = set()  # names of Redis' recent error replies
        self.refused_at = 0.0

    def should_skip(self) -> bool:
        """Returns whether to skip a call: Redis is away, and it was tried less than a second
        ago."""
        if not self.is_on:
            return False
        now = time.monotonic()
        waiting = now < self.retry_at
        if not waiting:
            self.retry_at = now + RETRY_SECONDS
        return waiting

    def report_failure(self, error: BaseException) -> None:
        if is_away(error):
            self.retry_at = time.monotonic() + RETRY_SECONDS
            if not self.is_on:
                log.warning("Redis does not respond, so %s: %s", self.consequence, describe(error))
            self.is_on = True
            return
        name = type(error).__name__
        if name not in self.refused:
            log.error("Redis refuses a command, so %s: %s", self.consequence, describe(error))
        self.refused.add(name)
        self.refused_at = time.monotonic()

    def report_success(self) -> None:
        if self.is_on:
            self.is_on = False
            log.warning("Redis responds again.")
        if self.refused and time.monotonic() - self.refused_at >= QUIET_SECONDS:
            self.refused.clear()
            log.warning("Redis accepts all commands again.")

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if error is None:
            self.report_success()
            return False
        if isinstance(error, ERRORS):
            self.report_failure(error)
            return True
        return False


# ConnectionError includes a wrong password, too many clients, and a server that loads its data.
AWAY = (redis.ConnectionError, redis.TimeoutError, OSError, RedisClusterException)
ERRORS = (*AWAY, redis.RedisError, ValueError)  # ValueError: a value cannot be parsed


def is_away(error: BaseException) -> bool:
    return isinstance(error, AWAY)


def describe(error: BaseException) -> str:
    is_moved = isinstance(error, MovedError)
    hint = " (write a cluster's address as redis+cluster://…)" if is_moved else ""
    return f"{type(error).__name__}: {error}{hint}"


outage = Outage()


def empty_if_away(empty: Callable[[], Any]) -> Callable[[Callable], Callable]:
    """Lets a function, sync or async, return `empty()` if Redis fails."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def call(*args, **kwargs):
            if outage.should_skip():
                return empty()
            try:
                result = function(*args, **kwargs)
            except ERRORS as error:
                outage.report_failure(error)
                return empty()
            outage.report_success()
            return result

        @wraps(function)
        async def acall(*args, **kwargs):
            if outage.should_skip():
                return empty()
            try:
                result = await function(*args, **kwargs)
            except ERRORS as error:
                outage.report_failure(error)
                return empty()
            outage.report_success()
            return result

        return acall if iscoroutinefunction(function) else call

    return decorate


def client() -> redis.Redis:
    factory = conf.get("CLIENT")
    return create(factory) if factory else connect(conf.get("REDIS_URL"))


@cache
def create(factory: str | Callable[[], Any]) -> Any:
    """Returns the client of the project's own function."""
    return load_factory(factory)()


def load_factory(factory: str | Callable[[], Any]) -> Callable[[], Any]:
    return import_string(factory) if isinstance(factory, str) else factory


@cache
def connect(url: str) -> redis.Redis:
    return new_client(url)


def new_client(url: str) -> redis.Redis:
    """Returns a new client. `url` is one of redis-py, or redis+cluster://host:port with any node of
    a cluster."""
    # Tries again once after a lost connection, because idle connections break when Redis restarts.
    if is_cluster(url):
        retry = Retry(NoBackoff(), 1)
        return cast(redis.Redis, redis.RedisCluster.from_url(node_url(url), retry=retry, **OPTIONS))
    retry = Retry(NoBackoff(), 1, (redis.ConnectionError,))
    return redis.Redis.from_url(url, retry=retry, **OPTIONS)


def is_cluster(url: str) -> bool:
    return url.partition(":")[0].endswith(CLUSTER)


def node_url(url: str) -> str:
    """Returns the address of one node for redis-py."""
    return url.replace(CLUSTER, "", 1) if is_cluster(url) else url


def aclient() -> redis.asyncio.Redis:
    """Returns the client of the running event loop: a connection of asyncio belongs to one loop."""
    loop = asyncio.get_running_loop()
    clients, factory = async_clients.setdefault(loop, {}), conf.get("ACLIENT")
    source = factory or conf.get("REDIS_URL")
    if source not in clients:
        clients[source] = load_factory(factory)() if factory else aconnect(source)
        forget_closed_loops()
    return clients[source]


async_clients: dict[asyncio.AbstractEventLoop, dict[Any, redis.asyncio.Redis]] = {}


def aconnect(url: str) -> redis.asyncio.Redis:
    if is_cluster(url):
        retry = AsyncRetry(NoBackoff(), 1)
        cluster = redis.asyncio.RedisCluster.from_url(node_url(url), retry=retry, **OPTIONS)
        return cast(redis.asyncio.Redis, cluster)
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
