"""A second process renews the leases, because a task may block the whole worker."""

import gc
import os
import signal
from unittest.mock import Mock

import pytest

from tasks.api import TaskResultStatus
from tasks.redis.broker import LEASE_SECONDS
from tasks.redis.keys import LEASES
from tasks.worker.lease_process import LeaseProcess
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
def test_a_call_that_blocks_all_threads_runs_once(backend, worker, tmp_path, arguments):
    trace = tmp_path / "trace"
    stalled, other = worker(*arguments), worker("--threads", "1")
    result = jobs.append_without_gil.enqueue(str(trace), "once", STALL_SECONDS)
    finished(result)
    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 1)
    assert trace.read_text().split() == ["once"]
    assert [stalled.stop(), other.stop()] == [0, 0]


def test_a_blocked_worker_is_not_renewed_beyond_a_timeout(backend, worker):
    stalled = worker("--threads", "2")
    result = jobs.stall_without_gil.enqueue()
    until(lambda: is_running(result))
    other = worker("--threads", "1")
    finished(result)
    assert (result.return_value, result.attempts) == (other.process.pid, 2)
    stalled.kill()


def test_it_ends_with_a_killed_worker(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    one.kill()
    until(lambda: not exists(child))


def test_it_ends_with_a_worker_that_exits(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    assert one.stop() == 0
    assert not exists(child)


def test_signals_to_all_processes_are_handled_by_the_worker(backend, worker, tmp_path):
    one = worker("--threads", "1")
    result = jobs.hold.enqueue(str(tmp_path / "begun"), 1)
    until((tmp_path / "begun").exists)
    [child] = one.children
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(child, number)
    finished(result)
    assert one.children == [child]
    assert one.stop() == 0


def test_it_is_started_again_after_a_kill(backend, worker):
    one = worker("--threads", "1")
    until(lambda: one.children)
    [child] = one.children
    os.kill(child, signal.SIGKILL)
    until(lambda: one.children and one.children != [child])
    result = jobs.add.enqueue(1, 2)
    finished(result)
    assert one.stop() == 0


def test_the_tasks_of_a_killed_worker_are_free_immediately(backend, worker):
    """Nobody waits until the lease expires."""
    one = worker("--threads", "1")
    result = jobs.stall.enqueue()
    until(lambda: is_running(result))
    one.kill()
    leases = f"{backend.broker.tag}{LEASES}"
    until(lambda: backend.broker.client.zrangebyscore(leases, "-inf", backend.broker.time()))
    requeued, _ = backend.broker.heartbeat("reaper", [], reap=True)
    assert requeued == [result.id]


def test_a_worker_continues_while_it_is_stopped(backend, worker, tmp_path):
    one = worker("--threads", "1")
    until(lambda: one.children)
    os.kill(one.children[0], signal.SIGSTOP)
    result = jobs.hold.enqueue(str(tmp_path / "begun"), LEASE_SECONDS + 3)
    until((tmp_path / "begun").exists)
    worker("--threads", "1")
    finished(result)
    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 1)
    assert one.stop() == 0
    assert one.children == []


def test_a_task_that_closes_all_files_keeps_its_lease(backend, worker):
    worker("--threads", "1")
    result, expired = jobs.close_all_files.enqueue(), []

    def is_finished():
        expired.extend(backend.broker.heartbeat("reaper", [], reap=True)[0])
        result.refresh()
        return result.is_finished

    until(is_finished)
    assert (result.status, expired) == (TaskResultStatus.SUCCESSFUL, [])


def test_a_task_over_its_timeout_ends_no_lease_of_its_neighbour(backend, worker):
    one = worker("--threads", "2")
    neighbour = jobs.sleep_over.enqueue()
    until(lambda: is_running(neighbour))
    result = jobs.append_without_gil.enqueue(os.devnull, "once", STALL_SECONDS + 2)
    until(lambda: is_running(result))
    worker("--threads", "1")
    finished(result)
    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 1)
    one.kill()


@pytest.fixture
def lease_process():
    lease_process = LeaseProcess(None, "worker", 2)
    lease_process.set_deadline(0, 1, 0)
    lease_process.set_deadline(1, 2, 100)
    return lease_process


@pytest.mark.parametrize(
    ("now", "slots"),
    [(99, ["worker.1", "worker.2"]), (102, ["worker.1", "worker.2"]), (103, ["worker.1"])],
)
def test_a_slot_is_not_renewed_when_its_deadline_is_over(lease_process, now, slots):
    assert lease_process._slots(now) == slots


def test_the_leases_of_all_slots_end(lease_process):
    assert lease_process._slots() == ["worker.1", "worker.2"]


def test_a_slot_that_replaces_another_is_renewed_instead(lease_process):
    lease_process.set_deadline(1, 3, 0)
    assert lease_process._slots(1000) == ["worker.1", "worker.3"]


def test_a_worker_that_cannot_start_it_continues(lease_process, monkeypatch, caplog):
    """It leaves no file open, and sends no signal to another process, such as its whole group."""
    monkeypatch.setattr(os, "fork", Mock(side_effect=BlockingIOError("too many processes")))
    monkeypatch.setattr(os, "kill", Mock())
    gc.collect()  # closes files of earlier tests
    files = open_files()
    lease_process.start()
    lease_process.restart_if_ended()
    lease_process.stop()
    assert open_files() <= files
    assert "too many processes" in caplog.text
    os.kill.assert_not_called()


def open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_a_deadline_ends_with_its_task(backend, start):
    """Also if the task fails or is over its timeout, or if the slot has an internal error."""
    deadlines = {}
    worker = start(threads=2)
    worker.state.set_deadline = lambda place, _, seconds: deadlines.__setitem__(place, seconds)
    jobs.opened.set()
    finished(jobs.own_timeout.enqueue(), jobs.slow.enqueue())
    jobs.opened.clear()
    finished(jobs.slow.enqueue(), jobs.blocking_async.enqueue())
    until(lambda: deadlines and not any(deadlines.values()))
