"""Slots: slow tasks do not delay others, timeouts are observed, a stop is orderly."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from tasks import exceptions
from tasks.api import TaskResultStatus, task_backends
from tasks.worker import cron
from tasks.worker.runner import Slot
from tasks.worker.worker import Worker
from tests.tasks import jobs
from tests.tasks.waiting import finished, until


@pytest.fixture
def idle(backend, start):
    """Starts a worker with one slot that waits for its first task, ready to claim many tasks
    together."""
    worker = start(threads=1, grace=0)
    worker.slots[0].batch_size = 64
    return worker


def is_running(result):
    result.refresh()
    return result.status == TaskResultStatus.RUNNING


def test_a_slow_task_does_not_delay_short_ones(backend, start):
    slow = jobs.wait.enqueue()
    short = jobs.add.enqueue_many([(number, 1) for number in range(200)])
    start(threads=2)
    finished(*short)
    assert is_running(slow)
    jobs.opened.set()
    finished(slow)
    assert slow.return_value is True


def test_tasks_behind_a_slow_one_go_to_another_worker(backend, start, idle):
    held = jobs.wait.enqueue_many([()])
    until(lambda: is_running(held[0]))
    idle.slots[0].claims.extend(claim_for(backend, idle, jobs.add.enqueue_many([(1, 2)] * 20)))
    start(threads=1)
    until(lambda: not idle.slots[0].claims)
    results = [jobs.add.enqueue(1, 2)]
    finished(*results)
    assert is_running(held[0])


def claim_for(backend, worker, results):
    """Claims tasks for the slot as if together with the running task."""
    slot = worker.slots[0]
    with slot.settling:
        running = slot.running.claim
        backend.broker.client.srem(f"{backend.broker.tag}claimed:{slot.id}", f"{running.id}:1")
        claims = backend.broker.settle_and_claim(slot.id, want=64, queues=["default"]).claims
        backend.broker.client.sadd(f"{backend.broker.tag}claimed:{slot.id}", f"{running.id}:1")
    assert len(claims) == len(results)
    return claims


def test_a_result_does_not_wait_for_the_next_slow_task(backend, start):
    short, slow = jobs.add.enqueue(1, 2), jobs.wait.enqueue()
    worker = start(threads=1)
    worker.slots[0].batch_size = 64
    finished(short)
    until(lambda: is_running(slow))


def test_batches_grow_with_quick_tasks_only(backend, work):
    jobs.add.enqueue_many([(1, 2)] * 300)
    assert work().slots[0].batch_size > 8
    jobs.sleep.enqueue_many([(0.02,)] * 2)
    assert work().slots[0].batch_size == 1


def test_a_task_over_its_timeout_fails_and_the_worker_continues(backend, start):
    worker = start(threads=1)
    slow = jobs.slow.enqueue()
    finished(slow)
    assert slow.errors[0].exception_class is exceptions.TaskTimeout
    assert "opened.wait(10)" in slow.errors[0].traceback
    after = jobs.add.enqueue(1, 2)
    finished(after)
    assert after.return_value == 3
    assert len(worker.slots) == 1


def test_a_result_after_the_timeout_is_not_recorded(backend, start):
    worker = start(threads=1)
    thread = worker.slots[0].thread
    slow = jobs.slow.enqueue()
    finished(slow)
    jobs.opened.set()
    thread.join(10)
    assert not thread.is_alive()
    slow.refresh()
    assert slow.status == TaskResultStatus.FAILED


def test_a_coroutine_over_its_timeout_is_cancelled(backend, work):
    slow = jobs.slow_async.enqueue()
    work()
    slow.refresh()
    assert slow.errors[0].exception_class is exceptions.TaskTimeout


def test_a_coroutine_that_cannot_be_cancelled_is_abandoned(backend, start):
    start(threads=1)
    blocking = jobs.blocking_async.enqueue()
    finished(blocking)
    assert blocking.errors[0].exception_class is exceptions.TaskTimeout
    finished(jobs.add.enqueue(1, 2))


def test_a_timeout_that_a_task_raises_is_an_ordinary_exception(backend, work):
    result = jobs.own_timeout.enqueue()
    work()
    result.refresh()
    assert result.errors[0].exception_class is TimeoutError


def test_a_task_is_tried_again_after_a_timeout(backend, start):
    start(threads=1)
    slow = jobs.slow_twice.enqueue()
    finished(slow)
    assert [error.exception_class for error in slow.errors] == [exceptions.TaskTimeout] * 2


def test_a_deferred_task_runs_automatically(backend, start, idle):
    result = jobs.add.using(run_after=timezone.now() + timedelta(seconds=0.2)).enqueue(1, 2)
    finished(result)
    assert result.started_at >= result.task.run_after


def test_a_stop_waits_for_running_tasks(backend, start):
    worker = start(threads=1, grace=30)
    result = jobs.wait.enqueue()
    until(jobs.entered.is_set)
    worker.stop()
    waiting = jobs.add.enqueue(1, 2)
    jobs.opened.set()
    finished(result)
    until(lambda: not worker.is_busy())
    waiting.refresh()
    assert waiting.status == TaskResultStatus.READY


def test_after_its_grace_a_stop_puts_running_tasks_back(backend, start, idle):
    result = jobs.wait.enqueue()
    until(jobs.entered.is_set)
    idle.stop()
    until(lambda: not is_running(result))
    assert (result.status, result.attempts) == (TaskResultStatus.READY, 1)
    jobs.opened.set()
    start(threads=1)
    finished(result)
    assert (result.return_value, result.attempts) == (True, 2)


def test_an_idle_worker_stops_immediately(backend, start):
    worker = start(threads=3)
    worker.stop()
    until(lambda: not worker.is_busy())


def test_a_worker_ends_after_its_tasks(backend, start):
    worker = start(threads=1, max_tasks=10)
    jobs.add.enqueue_many([(1, 2)] * 20)
    until(lambda: not worker.is_busy())
    assert 10 <= worker.state.ran <= 20


def test_a_worker_without_queues_in_the_settings_serves_all_in_use(backend, start, settings):
    tasks = settings.TASKS["default"]
    with override_settings(TASKS={"default": {**tasks, "QUEUES": []}}):
        open_to_all = task_backends["default"]
        result = jobs.add.using(queue_name="anything").enqueue(1, 2)
        worker = Worker(open_to_all, threads=1)
        thread = threading.Thread(target=worker.run)
        thread.start()
        finished(result)
        worker.stop()
        thread.join()


def test_an_internal_error_does_not_end_a_worker(backend, start, monkeypatch):
    broken = iter([True, True])

    def break_down(*_):
        if next(broken, False):
            raise RuntimeError("an internal error")

    monkeypatch.setattr(Slot, "resize_batch", break_down)
    monkeypatch.setattr(cron, "enqueue_due", break_down)
    start(threads=1)
    for _ in range(3):
        finished(jobs.add.enqueue(1, 2))


@pytest.mark.django_db(transaction=True)
def test_connections_to_the_database_are_closed(backend, start, monkeypatch):
    """Like after requests: if they are older than CONN_MAX_AGE."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    start(threads=1)
    result = jobs.query.enqueue()
    finished(result)
    assert result.return_value == 0
    until(lambda: jobs.used[-1].connection is None)
