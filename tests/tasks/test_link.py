"""Commands past the client: on connections that are kept, renewed, and never shared."""

import multiprocessing
import threading

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.link import Link


@pytest.fixture
def pool():
    pool = redis.ConnectionPool.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 1))
    yield pool
    pool.disconnect()


@pytest.fixture
def link(pool):
    return Link(pool)


def test_it_answers_as_redis_does(link):
    assert link.ask("SET", "key", b"value") == b"OK"
    assert link.ask("GET", "key") == b"value"
    assert link.ask("GET", "none") is None


def test_an_error_is_raised_and_the_connection_kept(link):
    number = link.ask("CLIENT", "ID")
    link.ask("SET", "key", "value")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        link.ask("LPUSH", "key", "value")
    assert link.ask("CLIENT", "ID") == number


def test_a_connection_is_used_again(link, pool):
    numbers = {link.ask("CLIENT", "ID") for _ in range(5)}
    assert len(numbers) == 1
    assert len(link.idle) == 1


def test_what_broke_is_made_anew(link):
    number = link.ask("CLIENT", "ID")
    with redis.Redis.from_url(settings.REDIS_URL) as other:
        other.client_kill_filter(_id=number)
    assert link.ask("CLIENT", "ID") != number


def test_a_command_that_makes_no_sense_loses_no_connection(link):
    number = link.ask("CLIENT", "ID")
    with pytest.raises(redis.DataError):
        link.ask("SET", "key", object())
    assert link.ask("CLIENT", "ID") == number


def test_a_thread_that_waits_has_its_connection_for_itself(link):
    link.ask("DEL", "list")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(link.ask("BLPOP", "list", 10)))
    waiting.start()
    assert link.ask("RPUSH", "list", "value") == 1
    waiting.join(10)
    assert answers == [[b"list", b"value"]]
    assert len(link.idle) <= 2


def test_a_forked_process_makes_its_own(link):
    fork = multiprocessing.get_context("fork")
    number, answers = link.ask("CLIENT", "ID"), fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(link.ask("CLIENT", "ID")))
    child.start()
    child.join(10)
    assert answers.get() != number
    assert link.ask("CLIENT", "ID") == number
