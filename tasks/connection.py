import functools
from collections.abc import Callable

import redis
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

SOCKET_SECONDS = 4  # below the lease: a Redis that hangs is noticed before a lease lapses
CONNECT_SECONDS = 2


@functools.cache
def client(options: tuple[str | Callable | None, ...]) -> redis.Redis:
    """One client for a process. `options` is (redis_url, client), as in OPTIONS: `client` is a
    function, or the path of one, that makes any redis-py client: Sentinel's, a cluster's.
    Raises redis.ConnectionError where that function has to connect, and cannot."""
    url, factory = options
    if factory:
        make = import_string(factory) if isinstance(factory, str) else factory
        try:
            return make()
        except RedisClusterException as error:
            raise redis.ConnectionError(str(error)) from error
    if not isinstance(url, str):
        raise ImproperlyConfigured(
            'TASKS: set OPTIONS["redis_url"], like "redis://localhost:6379/0".'
        )
    # Once more at most, and at once: scripts may be repeated, and a page must not wait.
    return redis.Redis.from_url(
        url,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
