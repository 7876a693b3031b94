"""Redis goes away and comes back: the worker waits, loses nothing, and continues."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from tasks.api import task_backends
from tasks.exceptions import QueueUnavailable
from tests.tasks import jobs
from tests.tasks.waiting import finished, until


@pytest.fixture
def backend(valkey):
    """Returns the default backend on its own Redis."""
    path = "tasks.backend.RedisQueueBackend"
    tasks = {
        "BACKEND": path,
        "QUEUES": ["default", "exports"],
        "OPTIONS": {"redis_url": valkey.url},
    }
    jobs.entered.clear()
    jobs.counted.clear()
    jobs.opened.clear()
    with override_settings(TASKS={"default": tasks}):
        yield task_backends["default"]
    jobs.opened.set()


@pytest.fixture
def lines(caplog):
    """Returns lines(), the log lines about Redis."""
    caplog.set_level(logging.INFO)
    return lambda: [r.message for r in caplog.records if "Redis" in r.message]


def test_queueing_raises_an_error(backend, valkey):
    valkey.kill()
    with pytest.raises(QueueUnavailable, match="was not queued"):
        jobs.add.enqueue(1, 2)


def test_all_threads_share_one_line(backend, valkey, lines):
    def fail_to_enqueue(_):
        with pytest.raises(QueueUnavailable):
            jobs.add.enqueue(1, 2)

    valkey.kill()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fail_to_enqueue, range(8)))
    assert len(lines()) == 1


def test_reading_a_result_raises_an_error(backend, valkey):
    result = jobs.add.enqueue(1, 2)
    valkey.kill()
    with pytest.raises(QueueUnavailable):
        result.refresh()


def test_queued_tasks_survive(backend, valkey, start):
    results = jobs.add.enqueue_many([(1, 2)] * 50)
    valkey.kill()
    valkey.start()
    start(threads=1)
    finished(*results)


def test_the_worker_continues_after_an_outage_and_logs_it_once(backend, valkey, start, lines):
    start(threads=4)
    finished(jobs.add.enqueue(1, 2))
    for outage in (1, 2):
        valkey.kill()
        until(lambda: backend.outage.since)
        valkey.start()
        finished(jobs.add.enqueue(1, 2))
        until(lambda count=2 * outage: len(lines()) == count)
        assert [line.split(" (")[0].split(" after")[0] for line in lines()] == [
            "Redis does not respond", "Redis is back"
        ] * outage  # fmt: skip


def test_the_worker_continues_after_a_flush_of_redis(backend, valkey, start):
    start(threads=2)
    finished(jobs.add.enqueue(1, 2))
    backend.broker.client.flushall()
    backend.broker.client.script_flush()
    finished(jobs.add.enqueue(1, 2))


def test_a_task_that_ends_during_an_outage_is_settled_afterwards(backend, valkey, start):
    start(threads=1)
    result = jobs.wait.enqueue()
    until(jobs.entered.is_set)
    valkey.kill()
    jobs.opened.set()
    valkey.start()
    finished(result)
    assert (result.return_value, result.attempts) == (True, 1)


def test_a_task_does_not_fail_because_its_progress_cannot_be_written(backend, valkey, start):
    start(threads=1)
    result = jobs.count_when_open.enqueue()
    until(jobs.entered.is_set)
    valkey.kill()
    jobs.opened.set()
    until(jobs.counted.is_set)
    valkey.start()
    finished(result)
    assert result.return_value == "counted"


def test_a_worker_that_starts_without_redis_waits_for_it(backend, valkey, start):
    result = jobs.add.enqueue(1, 2)
    valkey.kill()
    start(threads=1)
    until(lambda: backend.outage.since)
    valkey.start()
    finished(result)


def test_a_worker_that_has_just_connected_does_not_reap(backend, valkey, start):
    """After an outage all leases have expired, including those of live workers."""
    result = jobs.wait.enqueue()
    worker = start(threads=1)
    until(jobs.entered.is_set)
    backend.broker.client.zadd(f"{backend.broker.tag}leases", {worker.slots[0].id: 1})
    other = start(threads=1)
    until(lambda: other.state.connected_since)
    jobs.opened.set()
    finished(result)
    assert result.attempts == 1


def test_a_worker_stops_without_redis(backend, valkey, start):
    worker = start(threads=2, grace=1)
    valkey.kill()
    worker.stop()
    until(lambda: not worker.is_busy())
