"""Commands without redis-py's client: connections are reused, replaced, and never shared."""

import inspect
import multiprocessing
import signal
import threading

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from tasks.redis.raw_client import RawClient


@pytest.fixture
def pool():
    pool = redis.ConnectionPool.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 1))
    yield pool
    pool.disconnect()


@pytest.fixture
def raw_client(pool):
    return RawClient(pool)


def number(raw_client):
    """Returns the id of the connection that it uses."""
    return raw_client.execute([("CLIENT", "ID")])[0]


CONNECTIONS = [
    redis.Connection,
    redis.SSLConnection,
    redis.UnixDomainSocketConnection,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
]


@pytest.mark.parametrize("kind", CONNECTIONS)
def test_redis_py_has_the_methods_that_it_uses(kind):
    uses = {
        kind.connect: [],
        kind.disconnect: [],
        kind.pack_command: ["command"],
        kind.send_packed_command: ["packed command"],
        Retry.call_with_retry: ["do", "fail"],
        redis.ConnectionPool.get_connection: [],
    }
    for method, arguments in uses.items():
        inspect.signature(method).bind("self", *arguments)
    inspect.signature(kind.read_response).bind("self", disconnect_on_error=True)
    assert isinstance(kind.is_connected, property)


def test_replies_come_in_order(raw_client):
    commands = [("SET", "key", b"value"), ("GET", "key"), ("GET", "none"), ("DEL", "key")]
    assert raw_client.execute(commands) == [b"OK", b"value", None, 1]


def test_an_error_is_raised_when_all_replies_are_there(raw_client):
    before = number(raw_client)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        raw_client.execute(
            [("SET", "key", "value"), ("LPUSH", "key", "value"), ("SET", "key", "last")]
        )
    assert raw_client.execute([("GET", "key")]) == [b"last"]
    assert number(raw_client) == before


def test_a_connection_is_used_again(raw_client):
    assert len({number(raw_client) for _ in range(5)}) == 1
    assert len(raw_client.idle) == 1


def test_a_broken_connection_is_replaced(raw_client):
    before = number(raw_client)
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        other.client_kill_filter(_id=before)
    assert number(raw_client) != before


def test_the_reply_to_an_interrupted_command_reaches_nobody_else(raw_client):
    def interrupt(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            raw_client.execute([("BLPOP", "nothing comes here", 1)])
    finally:
        signal.signal(signal.SIGALRM, before)
    assert raw_client.execute([("ECHO", "mine")]) == [b"mine"]


def test_an_invalid_command_loses_no_connection(raw_client):
    before = number(raw_client)
    with pytest.raises(redis.DataError):
        raw_client.execute([("SET", "key", "value"), ("SET", "key", object())])
    assert number(raw_client) == before


def test_a_thread_that_waits_does_not_share_its_connection(raw_client):
    raw_client.execute([("DEL", "list")])
    replies = []
    waiting = threading.Thread(
        target=lambda: replies.extend(raw_client.execute([("BLPOP", "list", 10)]))
    )
    waiting.start()
    assert raw_client.execute([("RPUSH", "list", "value")]) == [1]
    waiting.join(10)
    assert replies == [[b"list", b"value"]]
    assert len(raw_client.idle) <= 2


def test_a_forked_process_connects_again(raw_client):
    fork = multiprocessing.get_context("fork")
    before, replies = number(raw_client), fork.SimpleQueue()
    child = fork.Process(target=lambda: replies.put(number(raw_client)))
    child.start()
    child.join(10)
    assert replies.get() != before
    assert number(raw_client) == before
