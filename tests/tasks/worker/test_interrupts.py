"""KeyboardInterrupt in a task ends the worker, as Ctrl-C does, and the task returns to its queue.
Other exceptions that are not of class Exception end the attempt only."""

import pytest

from tasks.api import TaskResultStatus
from tasks.testing import arun_all, run_all
from tests.tasks import hostile_jobs as hostile
from tests.tasks import jobs
from tests.tasks.waiting import finished

CALLS = [hostile.fail, hostile.fail_async]
OTHERS = ["system exit", "generator exit", "cancelled", "base exception"]
ATTEMPTS = 3  # if workers die


def state(result):
    result.refresh()
    return result.status, result.attempts


@pytest.mark.parametrize("job", CALLS)
@pytest.mark.parametrize("threads", ["1", "4"])
def test_an_interrupt_stops_the_worker_and_loses_nothing(backend, worker, job, threads):
    interrupt = job.enqueue("interrupt")
    others = [*jobs.add.enqueue_many([(1, 2)] * 20), jobs.fail.enqueue()]
    for attempt in range(1, ATTEMPTS):
        one = worker("--threads", threads)
        assert one.process.wait(30) == 0
        assert any("stops because of KeyboardInterrupt" in line for line in one.lines)
        assert state(interrupt) == (TaskResultStatus.READY, attempt)
    assert worker("--threads", threads).process.wait(30) == 0
    assert state(interrupt) == (TaskResultStatus.FAILED, ATTEMPTS)
    assert {error.exception_class for error in interrupt.errors} == {KeyboardInterrupt}
    worker()
    finished(*others)
    assert {other.attempts for other in others} == {1}


def test_a_task_with_one_attempt_fails(backend, worker):
    interrupt = jobs.interrupt_once.enqueue()
    assert worker().process.wait(30) == 0
    assert state(interrupt) == (TaskResultStatus.FAILED, 1)


def test_tasks_that_were_claimed_with_an_interrupted_one_are_put_back(backend, worker):
    tasks = [*jobs.add.enqueue_many([(1, 2)] * 200), jobs.interrupt_once.enqueue()]
    tasks += jobs.add.enqueue_many([(1, 2)] * 200)
    assert worker("--threads", "2").process.wait(30) == 0
    worker()
    finished(*tasks)
    assert {task.attempts for task in tasks} == {1}


def test_a_running_task_finishes_after_an_interrupt(backend, worker):
    running = jobs.sleep.enqueue(0.5)
    jobs.interrupt.enqueue()
    assert worker("--threads", "2").process.wait(30) == 0
    running.refresh()
    assert (running.return_value, running.attempts) == (0.5, 1)


def test_another_process_takes_the_place_of_an_interrupted_one(backend, worker):
    one = worker("--processes", "2")
    interrupts = [jobs.interrupt_once.enqueue() for _ in range(3)]
    others = jobs.add.enqueue_many([(1, 2)] * 20)
    finished(*interrupts, *others)
    assert one.process.poll() is None
    assert {task.attempts for task in interrupts + others} == {1}


@pytest.mark.parametrize("job", CALLS)
@pytest.mark.parametrize("name", OTHERS)
def test_other_exceptions_do_not_stop_the_worker(backend, worker, job, name):
    one = worker("--threads", "1")
    failed, after = job.enqueue(name), jobs.add.enqueue(1, 2)
    finished(failed, after)
    assert (failed.attempts, after.return_value) == (1, 3)
    assert one.stop() == 0


@pytest.mark.both_backends
@pytest.mark.parametrize("job", CALLS)
def test_an_interrupt_leaves_run_all(backend, job):
    interrupt = job.enqueue("interrupt")
    for attempt in range(1, ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            run_all()
        assert state(interrupt) == (TaskResultStatus.READY, attempt)
    with pytest.raises(KeyboardInterrupt):
        run_all()
    assert state(interrupt) == (TaskResultStatus.FAILED, ATTEMPTS)


@pytest.mark.both_backends
def test_ctrl_c_leaves_run_all_and_the_other_tasks_in_the_queue(backend):
    first, after = jobs.press_ctrl_c.enqueue(), jobs.add.enqueue(1, 2)
    with pytest.raises(KeyboardInterrupt):
        run_all()
    assert state(first) == (TaskResultStatus.READY, 1)
    assert state(after) == (TaskResultStatus.READY, 0)


@pytest.mark.both_backends
@pytest.mark.parametrize("job", CALLS)
async def test_an_interrupt_leaves_arun_all(backend, job):
    interrupt = await job.aenqueue("interrupt")
    with pytest.raises(KeyboardInterrupt):
        await arun_all()
    await interrupt.arefresh()
    assert (interrupt.status, interrupt.attempts) == (TaskResultStatus.READY, 1)


@pytest.mark.both_backends
@pytest.mark.parametrize("job", CALLS)
@pytest.mark.parametrize("name", OTHERS)
def test_other_exceptions_do_not_leave_run_all(backend, job, name):
    failed, after = job.enqueue(name), jobs.add.enqueue(1, 2)
    run_all()
    failed.refresh()
    after.refresh()
    assert (failed.status, failed.attempts) == (TaskResultStatus.FAILED, 1)
    assert after.return_value == 3
