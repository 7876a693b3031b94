"""The state of the queues, in the terminal and as metrics."""

import signal
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tasks.redis.broker import Outcome
from tasks.stats.inspection import Inspection
from tasks.stats.metrics import metrics
from tests.ports import free_port
from tests.tasks import jobs
from tests.tasks.processes import ROOT
from tests.tasks.waiting import until

HOUR = 3600 * 100_000.0  # the beginning of an hour


@pytest.fixture
def inspection(backend):
    return Inspection(backend)


@pytest.fixture
def some_work(backend, work):
    """Creates tasks: 2 done, 1 failed, 3 waiting in exports, 1 running."""
    jobs.add.enqueue_many([(1, 2)] * 2)
    jobs.fail.enqueue()
    work()
    jobs.add.using(queue_name="exports").enqueue_many([(1, 2)] * 3)
    jobs.add.enqueue(1, 2)
    backend.broker.settle_and_claim("worker.1", want=1, queues=["default"])


@pytest.mark.parametrize("hours", [-48, -2, 2, 48])
def test_the_last_hour_is_by_the_clock_of_redis(inspection, some_work, monkeypatch, hours):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
    state = inspection.queue("default")
    assert (state.done, state.failed) == (2, 1)


@pytest.fixture
def no_redis(settings):
    url = f"redis://127.0.0.1:{free_port()}/0"
    tasks = {**settings.TASKS["default"], "OPTIONS": {"redis_url": url}}
    with override_settings(TASKS={"default": tasks}):
        yield


def test_queues_come_from_the_settings_and_from_use(backend, inspection):
    assert inspection.names() == ["default", "exports"]
    backend.broker.client.sadd(f"{backend.broker.tag}queues", "former")
    assert inspection.names() == ["default", "exports", "former"]


def test_states_are_counted(inspection, some_work):
    empty = dict.fromkeys(("waiting", "scheduled", "running", "failed", "done"), 0)
    assert inspection.queue("default").depths == {**empty, "running": 1, "failed": 1, "done": 2}
    assert inspection.queue("exports").depths == {**empty, "waiting": 3}


def test_the_last_hour_has_a_count_for_each_minute(backend, inspection):
    for second in (-1, 0, 30, 59 * 60):
        finish(backend, HOUR + second, waited=10, took=30)
    minutes = inspection.minutes("default", 60, HOUR + 59 * 60)
    assert [minute["done"] for minute in minutes] == [2, *[0] * 58, 1]
    state = inspection.queue("default", HOUR + 59 * 60)
    assert (state.done, state.failed, state.waited_ms, state.took_ms) == (3, 0, 10, 30)


def test_totals_are_counted(backend, inspection):
    for second in (0, 100_000):
        finish(backend, HOUR + second, waited=10, took=30)
    assert inspection.totals("default") == {
        "done": 2, "failed": 0, "retried": 0, "waited": 20, "took": 60
    }  # fmt: skip


def test_metrics_for_prometheus(backend, some_work):
    found = {(f.name, *sorted(f.labels.values())): f.value for f in metrics()}
    assert found["tasks_depth", "exports", "waiting"] == 3
    assert found["tasks_depth", "default", "running"] == 1
    assert found["tasks_done", "default"] == 2
    assert found["tasks_failed", "default"] == 1
    assert found["tasks_workers",] == 0


def test_there_are_no_metrics_without_redis(no_redis):
    assert metrics() == []


def test_the_terminal_shows_queues_and_workers(backend, capsys, some_work):
    running = b'[{"id":"x","name":"add","since":1}]'
    status = b'{"name":"alice","started":1,"ran":7,"threads":4,"running":%s}' % running
    backend.broker.heartbeat("alice", ["alice.1"], status)
    call_command("showqueues")
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split()[:6] == ["queue", "waiting", "scheduled", "running", "failed", "done"]
    assert shown[1].split()[:6] == ["default", "0", "0", "1", "1", "2"]
    assert shown[4].startswith("alice: 7 tasks in ")
    assert shown[5].startswith("  add (x) since ")


def test_the_terminal_shows_that_no_worker_runs(backend, capsys):
    call_command("showqueues")
    assert "manage.py runworker" in capsys.readouterr().out


def test_the_terminal_shows_that_redis_is_away(no_redis):
    with pytest.raises(CommandError, match="Redis does not respond"):
        call_command("showqueues")


def test_watching_continues_until_it_is_interrupted(backend, capsys, monkeypatch):
    pictures = iter([None, KeyboardInterrupt])

    def interrupt(seconds):
        if error := next(pictures):
            raise error

    monkeypatch.setattr("tasks.management.commands.showqueues.time.sleep", interrupt)
    call_command("showqueues", watch=True)
    assert capsys.readouterr().out.count("queue ") == 2


def test_watching_ends_at_ctrl_c(backend, tmp_path):
    shown = tmp_path / "shown"
    with shown.open("w") as file:
        watching = subprocess.Popen(
            [sys.executable, "manage.py", "showqueues", "--watch"],
            cwd=ROOT,
            stdout=file,
            stderr=file,
        )
    until(lambda: "manage.py runworker" in shown.read_text())
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 0
    assert "Traceback" not in shown.read_text()


def finish(backend, now, waited, took):
    jobs.add.enqueue(1, 2)
    claim = backend.broker.settle_and_claim("slot", want=1, queues=["default"], now=now).claims[0]
    place, times = (claim.queue, claim.priority), (now, now)
    outcome = Outcome(claim.id, "1", "done", *place, 500, b"3", *times, "", waited, took)
    backend.broker.settle_and_claim("slot", [outcome], now=now)
