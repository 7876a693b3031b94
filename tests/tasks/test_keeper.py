"""A lease is renewed from outside the worker, which a task may hold up as a whole."""

import os
import signal
import time

import pytest

from tasks import keeper
from tasks.api import TaskResultStatus
from tasks.keeper import Keeper
from tasks.queue import LEASE_SECONDS
from tests.tasks import jobs
from tests.tasks.waiting import finished, until

STALL_SECONDS = LEASE_SECONDS + 4


def is_running(result):
    result.refresh()
    return result.status == TaskResultStatus.RUNNING


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("arguments", [["--threads", "2"], ["--threads", "2", "--processes", "2"]])
def test_a_call_that_holds_up_all_threads_runs_once(backend, worker, tmp_path, arguments):
    trace = tmp_path / "trace"
    stalled, other = worker(*arguments), worker("--threads", "1")
    result = jobs.append_without_gil.enqueue(str(trace), "once", STALL_SECONDS)
    finished(result)
    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 1)
    assert trace.read_text().split() == ["once"]
    assert [stalled.stop(), other.stop()] == [0, 0]


def test_a_worker_that_is_held_up_is_not_renewed_beyond_a_timeout(backend, worker):
    stalled = worker("--threads", "2")
    result = jobs.stall_without_gil.enqueue()
    until(lambda: is_running(result))
    other = worker("--threads", "1")
    finished(result)
    assert (result.return_value, result.attempts) == (other.process.pid, 2)
    stalled.kill()


def test_it_ends_with_its_worker(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    one.kill()
    until(lambda: not exists(child))


def test_it_ends_with_a_worker_that_ends(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    assert one.stop() == 0
    assert not exists(child)


def test_signals_to_all_processes_leave_it_to_the_worker(backend, worker, tmp_path):
    one = worker("--threads", "1")
    result = jobs.hold.enqueue(str(tmp_path / "begun"), 1)
    until((tmp_path / "begun").exists)
    [child] = one.children
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(child, number)
    finished(result)
    assert one.children == [child]
    assert one.stop() == 0


def test_another_is_started_when_it_was_killed(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    os.kill(child, signal.SIGKILL)
    until(lambda: one.children and one.children != [child])
    result = jobs.add.enqueue(1, 2)
    finished(result)
    assert one.stop() == 0


def test_what_a_killed_worker_held_is_free_at_once(backend, worker):
    """Its lease does not need to lapse."""
    one = worker("--threads", "1")
    result = jobs.stall.enqueue()
    until(lambda: is_running(result))
    one.kill()
    leases = f"{backend.queue.tag}leases"
    until(lambda: backend.queue.client.zrangebyscore(leases, "-inf", backend.queue.time()))
    again, _ = backend.queue.tick("reaper", [], reap=True)
    assert again == [result.id]


def test_a_deadline_that_is_over_is_noticed():
    one = Keeper(None, "worker", 2)
    assert one._works(os.getpid())
    one.set_deadline(1, time.monotonic() - keeper.OVERDUE_SECONDS)
    assert not one._works(os.getpid())
    one.set_deadline(1, time.monotonic() + 1)
    one.set_deadline(0, time.monotonic() + 1)
    assert one._works(os.getpid())
    one.set_deadline(1, 0)
    assert one._works(os.getpid())


def test_a_deadline_ends_with_its_task(backend, start):
    """Also if it fails, or is over its time, or the slot has an error of its own."""
    places = {}
    worker = start(threads=2)
    worker.set_deadline = places.__setitem__
    jobs.opened.set()
    finished(jobs.own_timeout.enqueue(), jobs.slow.enqueue())
    jobs.opened.clear()
    finished(jobs.slow.enqueue(), jobs.blocking_async.enqueue())
    until(lambda: places and not any(places.values()))
