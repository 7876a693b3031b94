"""The redis-py client of a backend, and the errors that it raises."""

import functools
from collections.abc import Callable
from typing import Any

import redis
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

SOCKET_SECONDS = 4  # less than a lease: a Redis that hangs is detected before a lease expires
CONNECT_SECONDS = 2
CLUSTER = "+cluster"  # at the end of a URL's scheme

# ConnectionError includes a wrong password, too many clients, and a server that loads its data.
AWAY = (redis.ConnectionError, redis.TimeoutError, OSError, RedisClusterException)
ERRORS = (redis.RedisError, RedisClusterException)  # the latter: no node of a cluster responds


@functools.cache
def get_client(options: tuple[str | Callable | None, ...]) -> redis.Redis:
    """Returns one client per process. `options` is (redis_url, client), as in OPTIONS: `client` is
    a function, or its path, that returns any redis-py client, such as Sentinel's or a cluster's.
    Raises redis.ConnectionError if that function cannot connect."""
    url, factory = options
    if not factory and not isinstance(url, str):
        raise ImproperlyConfigured(
            'TASKS: set OPTIONS["redis_url"], like "redis://localhost:6379/0".'
        )
    create = import_string(factory) if isinstance(factory, str) else factory
    try:
        return create() if create else connect(str(url))
    except RedisClusterException as error:
        raise redis.ConnectionError(str(error)) from error


def connect(url: str) -> redis.Redis:
    """Returns a client. `url` is as for redis-py, or redis+cluster://host:port with any node of a
    cluster."""
    scheme, colon, rest = url.partition(":")
    kind: Any = redis.RedisCluster if scheme.endswith(CLUSTER) else redis.Redis
    # One retry without a delay: scripts may be repeated, and a page must not wait.
    return kind.from_url(
        scheme.removesuffix(CLUSTER) + colon + rest,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def describe_error(error: Exception) -> str:
    """Returns a description of the problem with Redis, with the name of the error."""
    what = "does not respond" if isinstance(error, AWAY) else "refuses a command"
    return f"Redis {what} ({type(error).__name__}: {error})"
