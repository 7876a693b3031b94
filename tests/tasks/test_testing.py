"""`tasks.testing`: the backend without Redis, and run_all."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings
from django.utils import timezone

from tasks import task
from tasks.api import PACKAGE, TaskResultDoesNotExist, TaskResultStatus, task_backends
from tasks.exceptions import TaskTimeout, TaskTooLarge
from tasks.testing import InMemoryBackend, arun_all, run_all
from tests.tasks import hostile_jobs as hostile
from tests.tasks import jobs
from tests.tasks.conftest import IN_MEMORY
from tests.tasks.processes import ROOT

BACKPORT = [PACKAGE] if PACKAGE == "django_tasks" else []
BOTH = pytest.mark.both_backends


@pytest.fixture
def memory(backend, settings) -> InMemoryBackend:
    settings.TASKS = {"default": IN_MEMORY}
    return task_backends["default"]


def test_it_makes_no_connection():
    code = (
        f"apps = {BACKPORT}"
        + """
import socket, sys
def refuse(*arguments): raise AssertionError("a connection")
socket.socket.connect = socket.create_connection = refuse
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["tasks", *apps], USE_TZ=True,
    TASKS={"default": {"BACKEND": "tasks.testing.InMemoryBackend", "QUEUES": []}},
)
import django; django.setup()
from django.core.management import call_command
from tests.tasks import jobs
from tasks.testing import run_all
call_command("check", "--fail-level", "WARNING")
results = [jobs.unlucky.enqueue(), jobs.add_async.using(owner="7").enqueue(1, b=2)]
run_all()
for result in results: result.refresh()
assert results[0].attempts == 3 and results[1].return_value == 3, results
"""
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={})


def test_a_failed_task_is_tried_again_without_a_delay(memory):
    result, other = jobs.unlucky.enqueue(), jobs.picky.enqueue("value")
    run_all()
    result.refresh()
    other.refresh()
    assert (result.status, result.attempts, len(result.errors)) == (TaskResultStatus.FAILED, 3, 3)
    assert (other.status, other.attempts) == (TaskResultStatus.FAILED, 1)


def test_rate_limits_and_schedules_are_ignored(memory, monkeypatch):
    monkeypatch.setattr("tasks.worker.cron.periodic", {jobs.hourly.module_path: jobs.hourly})
    queued = [jobs.rare.enqueue() for _ in range(5)]
    run_all()
    assert [result.return_value for result in memory.results] == ["done"] * len(queued)


def test_the_results_are_those_of_all_tasks_in_order(memory):
    queued = [jobs.add.enqueue(1, 2), jobs.fail.enqueue(), jobs.only_one.enqueue("alice")]
    assert memory.results == queued
    memory.clear()
    assert memory.results == []
    with pytest.raises(TaskResultDoesNotExist):
        queued[0].refresh()
    assert jobs.only_one.enqueue("alice").id != queued[2].id


def test_all_threads_have_the_same_queue(memory):
    thread = threading.Thread(target=jobs.add.enqueue, args=[1, 2])
    thread.start()
    thread.join()
    run_all()
    assert [result.return_value for result in memory.results] == [3]


def test_other_settings_empty_the_queue(memory):
    jobs.add.enqueue(1, 2)
    with override_settings(TASKS={"default": {**IN_MEMORY, "QUEUES": ["default"]}}):
        assert task_backends["default"].results == []


def test_each_backend_has_its_own_queue(memory):
    with override_settings(TASKS={"default": IN_MEMORY, "other": IN_MEMORY}):
        jobs.add.using(backend="other").enqueue(1, 2)
        run_all()
        assert task_backends["other"].results[0].status == TaskResultStatus.READY
        run_all("other")
        assert task_backends["other"].results[0].return_value == 3
        assert task_backends["default"].results == []


@pytest.mark.parametrize("name", hostile.VALUES)
def test_what_is_not_json_is_refused_when_it_is_queued(memory, name):
    with pytest.raises((TypeError, ValueError, TaskTooLarge)):
        jobs.echo.enqueue(hostile.VALUES[name]())
    assert memory.results == []


def test_a_later_task_waits_for_its_time(memory):
    result = jobs.add.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1, 2)
    run_all()
    result.refresh()
    assert result.status == TaskResultStatus.READY


def test_tasks_are_cancelled_requeued_and_deleted(memory):
    broker = memory.broker
    cancelled, again, deleted = (jobs.add.enqueue(1, 2) for _ in range(3))
    assert memory.cancel(cancelled.id)
    assert broker.discard(deleted.id)
    assert not broker.discard(deleted.id)
    assert not broker.requeue(again.id)
    run_all()
    assert not memory.cancel(again.id)
    assert broker.requeue(again.id)
    run_all()
    again.refresh()
    assert (again.return_value, again.attempts) == (3, 2)
    cancelled.refresh()
    assert "TaskCancelled" in cancelled.errors[0].traceback
    jobs.add.enqueue(1, 2)
    assert (broker.empty("exports"), broker.empty("default")) == (0, 1)


@BOTH
def test_tasks_that_tasks_queue_are_run(backend):
    jobs.add_later.enqueue(1, 2)
    run_all()
    assert jobs.sums.pop() == 3


@BOTH
def test_a_task_longer_than_a_lease_is_run(backend, monkeypatch):
    monkeypatch.setattr("tasks.worker.state.LEASE_SECONDS", -1)  # it has always ended
    result = jobs.add.enqueue(1, 2)
    run_all()
    result.refresh()
    assert result.return_value == 3


@BOTH
def test_a_coroutine_ends_at_its_timeout(backend):
    result = jobs.slow_async.enqueue()
    run_all()
    result.refresh()
    assert result.errors[0].exception_class is TaskTimeout


@BOTH
async def test_run_all_is_refused_in_async_code(backend):
    with pytest.raises(SynchronousOnlyOperation, match="arun_all"):
        run_all()


@BOTH
@pytest.mark.parametrize("job", [jobs.add, jobs.add_async])
async def test_all_tasks_are_awaited(backend, job):
    result = await job.aenqueue(1, 2)
    await arun_all()
    await result.arefresh()
    assert (result.return_value, result.attempts) == (3, 1)


def test_run_all_needs_a_queue():
    dummy = {"default": {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}}
    with override_settings(TASKS=dummy), pytest.raises(TypeError, match="DummyBackend"):
        run_all()


def test_a_worker_is_refused(memory):
    with pytest.raises(CommandError, match="RedisQueueBackend"):
        call_command("runworker", batch=True)


@pytest.mark.django_db
def test_its_options_are_checked(memory, capsys):
    with override_settings(
        TASKS={
            "default": {
                **IN_MEMORY,
                "OPTIONS": {
                    "redis_ulr": "",
                },
            }
        }
    ):
        call_command("check")
    assert "redis_ulr" in capsys.readouterr().err


def test_its_tasks_have_the_same_options(memory):
    options = {"max_attempts": 2, "unique": True, "ttl": 0, "timeout": 5}
    made = task(**options)(jobs.echo.func)
    assert {name: getattr(made, name) for name in options} == options
