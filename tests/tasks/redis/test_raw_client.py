"""Commands past the client: on connections that are kept, renewed, and never shared."""

import multiprocessing
import signal
import threading

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.redis.raw_client import Link


@pytest.fixture
def pool():
    pool = redis.ConnectionPool.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 1))
    yield pool
    pool.disconnect()


@pytest.fixture
def link(pool):
    return Link(pool)


def number(link):
    """Of the connection it uses now."""
    return link.ask([("CLIENT", "ID")])[0]


def test_it_answers_as_redis_does_and_in_order(link):
    commands = [("SET", "key", b"value"), ("GET", "key"), ("GET", "none"), ("DEL", "key")]
    assert link.ask(commands) == [b"OK", b"value", None, 1]


def test_an_error_is_raised_when_all_are_answered(link):
    before = number(link)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        link.ask([("SET", "key", "value"), ("LPUSH", "key", "value"), ("SET", "key", "last")])
    assert link.ask([("GET", "key")]) == [b"last"]
    assert number(link) == before


def test_a_connection_is_used_again(link):
    assert len({number(link) for _ in range(5)}) == 1
    assert len(link.idle) == 1


def test_what_broke_is_made_anew(link):
    before = number(link)
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        other.client_kill_filter(_id=before)
    assert number(link) != before


def test_what_was_interrupted_answers_nobody_else(link):
    def interrupt(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            link.ask([("BLPOP", "nothing comes here", 1)])
    finally:
        signal.signal(signal.SIGALRM, before)
    assert link.ask([("ECHO", "mine")]) == [b"mine"]


def test_a_command_that_makes_no_sense_loses_no_connection(link):
    before = number(link)
    with pytest.raises(redis.DataError):
        link.ask([("SET", "key", "value"), ("SET", "key", object())])
    assert number(link) == before


def test_a_thread_that_waits_has_its_connection_for_itself(link):
    link.ask([("DEL", "list")])
    answers = []
    waiting = threading.Thread(target=lambda: answers.extend(link.ask([("BLPOP", "list", 10)])))
    waiting.start()
    assert link.ask([("RPUSH", "list", "value")]) == [1]
    waiting.join(10)
    assert answers == [[b"list", b"value"]]
    assert len(link.idle) <= 2


def test_a_forked_process_makes_its_own(link):
    fork = multiprocessing.get_context("fork")
    before, answers = number(link), fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(number(link)))
    child.start()
    child.join(10)
    assert answers.get() != before
    assert number(link) == before
