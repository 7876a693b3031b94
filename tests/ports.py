"""Free ports for the processes that tests start."""

import contextlib
import errno
import os
import random
import socket

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PORTS = range(20_000, 32_768)  # Linux uses ports from 32,768 for outgoing connections


def free_port() -> int:
    """Returns a port that no outgoing connection can take. Raises OSError if none is free."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def redis_answers(port: int) -> bool:
    once = Retry(NoBackoff(), 0)
    with (
        contextlib.suppress(redis.RedisError),
        redis.Redis("127.0.0.1", port, socket_timeout=1, retry=once) as client,
    ):
        return bool(client.ping())
    return False
