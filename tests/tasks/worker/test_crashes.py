"""Nothing is lost when real worker processes are killed, stopped or terminated."""

import signal

import pytest
from django.test import override_settings

from tasks.api import TaskResultStatus, task_backends
from tasks.redis.broker import LEASE_SECONDS
from tasks.worker.worker import HEARTBEAT_SECONDS
from tests.tasks import jobs
from tests.tasks.waiting import finished, until

LOST = b'{"exception_class_path":"tasks.exceptions.WorkerLost","traceback":"lost"}'


@pytest.fixture
def own_backend(valkey):
    """Returns the default backend on its own Redis."""
    url = valkey.url
    tasks = {"BACKEND": "tasks.backend.RedisQueueBackend", "OPTIONS": {"redis_url": url}}
    with override_settings(TASKS={"default": tasks}):
        yield task_backends["default"]


def expire_leases(backend):
    """Puts the tasks of dead workers back without waiting for their leases."""
    later = backend.broker.client.time()[0] + 100
    return backend.broker.heartbeat("reaper", [], reap=True, lost=(LOST, 60), now=later)


def is_running(result):
    result.refresh()
    return result.status == TaskResultStatus.RUNNING


def is_finished(result):
    result.refresh()
    return result.is_finished


def ran(path):
    return path.read_text().split() if path.exists() else []


def test_nothing_is_lost_with_a_killed_worker(backend, worker, tmp_path):
    trace = tmp_path / "trace"
    victim, _ = worker("--threads", "2"), worker("--threads", "2")
    results = jobs.append.enqueue_many([(str(trace), str(number), 0.02) for number in range(200)])
    until(lambda: len(ran(trace)) > 20)
    victim.kill()
    finished(*results)
    assert {result.status for result in results} == {TaskResultStatus.SUCCESSFUL}
    assert sorted(set(ran(trace)), key=int) == [str(number) for number in range(200)]
    tried_again = [result for result in results if result.attempts > 1]
    assert len(tried_again) <= 2  # the tasks that the two threads of the killed worker ran


def test_a_later_worker_runs_the_remaining_tasks(backend, worker):
    result = jobs.stall.enqueue()
    victim = worker("--threads", "1")
    until(lambda: is_running(result))
    victim.kill()
    worker("--threads", "1")
    finished(result)
    assert result.attempts == 2


def test_a_task_that_kills_its_worker_fails_after_its_attempts(backend, worker):
    result = jobs.kill_worker.enqueue()  # max_attempts=2
    innocent = jobs.add.enqueue_many([(1, 2)] * 5)
    for _ in range(2):
        victim = worker("--threads", "1")
        victim.process.wait(20)
        expire_leases(backend)
    worker("--threads", "1")
    finished(result, *innocent)
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 2)
    assert {result.status for result in innocent} == {TaskResultStatus.SUCCESSFUL}


def test_a_stopped_worker_loses_its_tasks_and_continues(backend, worker):
    """The worker is stopped for longer than its leases: then its outcomes are refused."""
    result = jobs.stall.enqueue()
    sleeper = worker("--threads", "1")
    until(lambda: is_running(result))
    held = jobs.add.enqueue_many([(number, 1) for number in range(50)])
    sleeper.signal(signal.SIGSTOP)
    other = worker("--threads", "1")
    finished(result, *held)
    sleeper.signal(signal.SIGCONT)
    until(lambda: any("was refused" in line for line in sleeper.lines))
    result.refresh()
    assert (result.attempts, result.return_value) == (2, other.process.pid)
    assert {one.attempts for one in held} == {1}
    other.stop()
    after = jobs.add.enqueue(1, 2)
    finished(after)
    assert after.return_value == 3


def test_a_task_that_outlives_the_lease_runs_once(backend, worker, tmp_path):
    trace = tmp_path / "trace"
    worker("--threads", "1")
    worker("--threads", "1")
    result = jobs.append.enqueue(str(trace), "once", LEASE_SECONDS + HEARTBEAT_SECONDS + 0.5)
    finished(result)
    assert (result.attempts, ran(trace)) == (1, ["once"])


def test_nothing_is_lost_when_redis_is_killed(valkey, own_backend, worker, tmp_path):
    """Confirmed tasks are in its append-only file."""
    trace = tmp_path / "trace"
    environment = {"REDIS_URL": valkey.url}
    workers = [worker("--threads", "2", **environment) for _ in range(2)]
    results = jobs.append.enqueue_many([(str(trace), str(number), 0.02) for number in range(100)])
    for done in (10, 50):
        until(lambda done=done: len(ran(trace)) > done)
        valkey.kill()
        valkey.start()
    finished(*results)
    assert {result.status for result in results} == {TaskResultStatus.SUCCESSFUL}
    assert set(ran(trace)) == {str(number) for number in range(100)}
    assert [one.stop() for one in workers] == [0, 0]


def test_a_thread_that_cannot_be_stopped_does_not_keep_a_worker_alive(backend, worker):
    hanging = jobs.hang.enqueue(60)
    one = worker("--threads", "1")
    finished(hanging)
    finished(jobs.add.enqueue(1, 2))
    assert hanging.status == TaskResultStatus.FAILED
    assert one.stop() == 0


def test_memory_does_not_grow(backend, worker):
    one = worker("--threads", "4")

    def megabytes_after(tasks):
        *_, last = jobs.add.enqueue_many([(1, 2)] * tasks)
        until(lambda: not backend.broker.client.exists(f"{backend.broker.tag}priorities:default"))
        finished(last)
        return one.megabytes

    megabytes_after(5_000)  # everything is imported, every cache and arena exists
    before = megabytes_after(5_000)
    assert megabytes_after(15_000) - before < 2


def test_sigterm_finishes_running_tasks_and_puts_back_the_rest(backend, worker, tmp_path):
    running = jobs.hold.enqueue(str(tmp_path / "begun"), 0.5)
    rest = jobs.add.enqueue_many([(1, 2)] * 50)
    one = worker("--threads", "1")
    until((tmp_path / "begun").exists)
    assert one.stop() == 0
    running.refresh()
    assert running.status == TaskResultStatus.SUCCESSFUL
    unfinished = [result for result in rest if (result.refresh(), not result.is_finished)[1]]
    assert {result.status for result in unfinished} <= {TaskResultStatus.READY}
    assert not backend.broker.client.keys("*claimed:*")


def test_sigterm_puts_back_tasks_that_run_longer_than_the_grace(backend, worker, tmp_path):
    running = jobs.hold.enqueue(str(tmp_path / "begun"), 60)
    one = worker("--threads", "1", "--grace", "0.2")
    until((tmp_path / "begun").exists)
    assert one.stop() == 0
    running.refresh()
    assert running.status == TaskResultStatus.READY
    assert any("1 put back" in line for line in one.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_ends_at_a_signal(backend, worker, number):
    one = worker()
    one.signal(number)
    assert one.process.wait(10) == 0
    assert not any("Traceback" in line for line in one.lines)


def test_a_worker_process_that_dies_is_replaced(backend, worker):
    killers = jobs.kill_worker.enqueue()
    one = worker("--processes", "2", "--threads", "1")
    until(lambda: any("died (SIGKILL)" in line for line in one.lines))
    results = jobs.add.enqueue_many([(1, 2)] * 20)
    finished(*results)
    expire_leases(backend)
    finished(killers)
    assert one.stop() == 0


def test_worker_processes_end_with_their_parent(backend, worker):
    one = worker("--processes", "2", "--threads", "1")
    until(lambda: len(live(backend)) == 2)
    one.kill()
    until(lambda: not live(backend))


def test_a_worker_process_restarts_after_its_tasks(backend, worker):
    one = worker("--max-tasks", "5", "--threads", "1")
    for _ in range(12):
        finished(jobs.add.enqueue(1, 2))
    until(lambda: sum("ends after" in line for line in one.lines) >= 2)
    assert one.stop() == 0


def test_a_batch_ends_when_no_task_waits(backend, worker):
    results = jobs.add.enqueue_many([(1, 2)] * 100)
    one = worker("--batch", "--processes", "2")
    assert one.process.wait(20) == 0
    finished(*results)


def test_a_worker_serves_only_the_chosen_queues(backend, worker):
    others = [jobs.add.enqueue(1, 2)]
    mine = [jobs.add.using(queue_name="exports").enqueue(1, 2)]
    assert worker("--queues", "exports", "--batch").process.wait(20) == 0
    finished(*mine)
    assert not any(is_finished(result) for result in others)
    assert worker("--queues", "exports,default", "--batch").process.wait(20) == 0
    finished(*others)


def live(backend):
    return backend.broker.client.keys("*}:worker:*")
