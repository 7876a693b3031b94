"""The contract of the Tasks API for a backend."""

import logging
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tasks import results
from tasks.api import (
    PACKAGE,
    TaskResultDoesNotExist,
    TaskResultMismatch,
    TaskResultStatus,
    default_task_backend,
    task_enqueued,
    task_finished,
    task_started,
)
from tests.tasks import jobs
from tests.tasks.waiting import receiving


def test_the_backend_supports_everything():
    assert default_task_backend.supports_defer
    assert default_task_backend.supports_async_task
    assert default_task_backend.supports_get_result
    assert default_task_backend.supports_priority


@pytest.mark.both_backends
def test_a_queued_task_is_ready(backend):
    before = timezone.now()
    result = jobs.add.enqueue(1, b=2)
    assert result.status == TaskResultStatus.READY
    assert (result.args, result.kwargs) == ([1], {"b": 2})
    assert before <= result.enqueued_at <= timezone.now()
    assert result.started_at is result.finished_at is result.last_attempted_at is None
    assert (result.attempts, result.errors, result.is_finished) == (0, [], False)
    with pytest.raises(ValueError, match="not finished"):
        _ = result.return_value


@pytest.mark.both_backends
def test_the_result_has_times_and_return_value(backend, work):
    result = jobs.add.enqueue(1, b=2)
    worker = work()
    result.refresh()
    assert result.status == TaskResultStatus.SUCCESSFUL
    assert result.return_value == 3
    assert result.enqueued_at <= result.started_at <= result.finished_at
    assert result.last_attempted_at == result.started_at
    assert result.worker_ids == [worker.slots[0].id]


@pytest.mark.both_backends
def test_a_result_is_found_by_id(backend, work):
    queued = jobs.add.using(priority=5).enqueue(1, 2)
    work()
    for found in (jobs.add.get_result(queued.id), results.get(queued.id)):
        assert found.return_value == 3
        assert found.task == jobs.add.using(priority=5)
        assert found.enqueued_at == queued.enqueued_at


@pytest.mark.both_backends
@pytest.mark.parametrize("task", [jobs.add, jobs.add_async.using(priority=-3)])
def test_a_result_that_is_read_equals_the_queued_one(backend, task):
    result = task.enqueue(1, b=[{"c": None}])
    assert task.get_result(result.id) == result
    assert result.task is task


@pytest.mark.both_backends
def test_a_task_can_be_queued_by_its_backend(backend, work):
    result = default_task_backend.enqueue(jobs.add, [1], {"b": 2})
    work()
    assert default_task_backend.get_result(result.id).return_value == 3


@pytest.mark.both_backends
@pytest.mark.parametrize("task", [jobs.add, jobs.add_async])
async def test_everything_can_be_awaited(backend, task):
    result = await task.aenqueue(1, 2)
    assert await task.aget_result(result.id) == result
    await result.arefresh()
    assert result.status == TaskResultStatus.READY


@pytest.mark.parametrize("task", [jobs.add, jobs.add_async])
async def test_a_task_can_be_called_without_the_queue(task):
    assert await task.acall(1, 2) == 3


def test_using_returns_another_task():
    other = jobs.add.using(priority=7)
    assert (other.priority, jobs.add.priority) == (7, 0)
    assert jobs.add.using() == jobs.add


@pytest.mark.both_backends
async def test_an_unknown_id_is_refused(backend):
    with pytest.raises(TaskResultDoesNotExist):
        await jobs.add.aget_result("unknown")


@pytest.mark.both_backends
async def test_the_result_of_another_task_is_refused(backend):
    result = await jobs.add.aenqueue(1, 2)
    with pytest.raises(TaskResultMismatch):
        await jobs.fail.aget_result(result.id)


@pytest.mark.both_backends
def test_a_failure_has_its_traceback(backend, work):
    result = jobs.fail.enqueue("no luck")
    work()
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert result.errors[0].exception_class is ValueError
    assert "raise ValueError(message)" in result.errors[0].traceback
    assert result.errors[0].traceback.endswith("ValueError: no luck\n")
    with pytest.raises(ValueError, match="failed"):
        _ = result.return_value


@pytest.mark.both_backends
def test_a_traceback_may_contain_any_text(backend, work):
    text = "a\n\r\u2028\x85\x00 ü"
    result = jobs.fail.enqueue(text)
    work()
    result.refresh()
    assert result.errors[0].traceback.endswith(f"ValueError: {text}\n")


@pytest.mark.both_backends
def test_coroutine_functions_run(backend, work):
    result = jobs.add_async.enqueue(1, 2)
    work()
    result.refresh()
    assert result.return_value == 3


@pytest.mark.both_backends
def test_the_context_knows_the_attempt_and_the_task(backend, work):
    attempt, task = jobs.attempt.enqueue(), jobs.whoami.enqueue()
    work()
    attempt.refresh()
    task.refresh()
    assert attempt.return_value == 1
    assert task.return_value == [task.id, "whoami", "RUNNING"]


@pytest.mark.both_backends
def test_higher_priorities_run_first_and_equal_ones_in_order(backend, work):
    order = []
    for number, priority in enumerate([0, -100, 100, 0, 5]):
        jobs.add.using(priority=priority).enqueue(number, 0)
    with receiving(task_started, track(order)):
        work()
    assert order == [2, 4, 0, 3, 1]


@pytest.mark.both_backends
def test_a_worker_runs_its_own_queues_only(backend, work):
    mine = jobs.add.using(queue_name="exports").enqueue(1, 2)
    other = jobs.add.enqueue(1, 2)
    work(queues=["exports"])
    mine.refresh()
    other.refresh()
    assert (mine.is_finished, other.is_finished) == (True, False)


def test_a_full_queue_does_not_starve_another(backend, work):
    order = []
    jobs.add.enqueue_many([(1, number) for number in range(200)])
    jobs.add.using(queue_name="exports").enqueue(2, 0)
    with receiving(task_started, track(order)):
        work()
    assert order.index(2) < 150


def test_a_deferred_task_waits_for_its_time(backend, work):
    result = jobs.add.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1, 2)
    work()
    result.refresh()
    assert result.status == TaskResultStatus.READY
    backend.broker.client.zadd(f"{backend.broker.tag}scheduled:default", {result.id: 1})
    work()
    result.refresh()
    assert result.return_value == 3


@pytest.mark.both_backends
def test_a_time_in_the_past_is_now(backend, work):
    result = jobs.add.using(run_after=timezone.now() - timedelta(hours=1)).enqueue(1, 2)
    work()
    result.refresh()
    assert result.return_value == 3


@pytest.mark.both_backends
def test_signals_are_sent(backend, work):
    seen = []

    def listen(sender, task_result, signal, **kwargs):
        seen.append((signal, sender, task_result.id, task_result.status))

    with ExitStack() as stack:
        for signal in (task_enqueued, task_started, task_finished):
            stack.enter_context(receiving(signal, listen))
        result = jobs.add.enqueue(1, 2)
        work()
    assert seen == [
        (task_enqueued, type(backend), result.id, TaskResultStatus.READY),
        (task_started, type(backend), result.id, TaskResultStatus.RUNNING),
        (task_finished, type(backend), result.id, TaskResultStatus.SUCCESSFUL),
    ]


@pytest.mark.both_backends
def test_the_logger_of_the_tasks_api_receives_each_step(backend, work, caplog):
    caplog.set_level(logging.DEBUG, PACKAGE)
    done, failed = jobs.add.enqueue(1, 2), jobs.fail.enqueue()
    work()
    lines = [(r.levelname, r.getMessage()) for r in caplog.records if r.name == PACKAGE]
    for id, last in ((done.id, "INFO SUCCESSFUL"), (failed.id, "ERROR FAILED")):
        levels = [f"{level} {text.split('state=')[-1]}" for level, text in lines if id in text]
        assert levels[1:] == ["INFO RUNNING", last]
        assert "enqueued" in levels[0]


@pytest.mark.both_backends
def test_a_listener_that_fails_does_not_stop_the_task(backend, work):
    def break_down(**kwargs):
        raise RuntimeError

    result = jobs.add.enqueue(1, 2)
    with receiving(task_started, break_down):
        work()
    result.refresh()
    assert result.return_value == 3


@pytest.mark.parametrize("argument", [object(), {1, 2}, 10**30, b"\xff"])
def test_arguments_that_are_not_json_are_refused_when_they_are_queued(backend, argument):
    with pytest.raises((TypeError, ValueError)):
        jobs.add.enqueue(argument, 1)
    assert not backend.broker.client.keys("*")


@pytest.mark.both_backends
def test_tuples_arrive_as_json_lists(backend, work):
    result = jobs.add.enqueue((1, 2), b=[3])
    assert result.args == [[1, 2]]
    work()
    result.refresh()
    assert result.return_value == [1, 2, 3]


@pytest.mark.both_backends
@override_settings(USE_TZ=False)
def test_times_are_naive_without_time_zones(backend):
    result = results.get(jobs.add.enqueue(1, 2).id)
    assert result.enqueued_at.tzinfo is None


def track(order):
    """Returns a receiver that records the first argument of each task."""
    return lambda task_result, **kwargs: order.append(task_result.args[0])
