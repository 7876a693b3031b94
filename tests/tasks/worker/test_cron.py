"""A periodic task runs once at each occurrence, for any number of workers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from tasks import queue_task
from tasks.api import task_backends, task_finished
from tasks.redis import keys
from tasks.worker import cron
from tests.tasks import jobs
from tests.tasks.waiting import receiving, until

HOURLY = {"tests.tasks.jobs.hourly": jobs.hourly}
TEN = datetime(2030, 1, 1, 10, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def seen(backend):
    """Prepares a schedule that was first read at half past nine."""
    assert cron.enqueue_due(backend, HOURLY, TEN - 1800) == []


def test_a_task_with_cron_is_known():
    assert queue_task.periodic["tests.tasks.jobs.hourly"] is jobs.hourly


def test_nothing_is_queued_before_its_occurrence(backend, seen):
    assert cron.enqueue_due(backend, HOURLY, TEN - 0.1) == []


def test_an_occurrence_is_queued_once(backend, seen, work):
    results = [r for second in range(5) for r in cron.enqueue_due(backend, HOURLY, TEN + second)]
    assert len(results) == 1
    work()
    results[0].refresh()
    assert results[0].return_value == "an hour has passed"


def test_a_worker_queues_and_runs_due_tasks(backend, start, monkeypatch):
    ran = []
    cron.enqueue_due(backend, HOURLY, 1)  # first read long ago
    monkeypatch.setattr(cron, "periodic", HOURLY)
    with receiving(task_finished, lambda task_result, **_: ran.append(task_result.task)):
        start(threads=1)
        until(lambda: ran)
    assert ran == [jobs.hourly]


def test_each_occurrence_is_queued(backend, seen):
    hours = [cron.enqueue_due(backend, HOURLY, TEN + hour * 3600) for hour in range(3)]
    assert [len(results) for results in hours] == [1, 1, 1]


def test_many_workers_queue_an_occurrence_once(backend, seen):
    def ask(_):
        return cron.enqueue_due(task_backends["default"], HOURLY, TEN)

    with ThreadPoolExecutor(8) as pool:
        assert sum(len(results) for results in pool.map(ask, range(40))) == 1


def test_many_worker_processes_run_an_occurrence_once(backend, worker, tmp_path):
    app = tmp_path / "extra"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "settings.py").write_text(
        'from tests.tasks.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, "extra"]\n'
    )
    (app / "jobs.py").write_text("from tests.tasks.jobs import hourly")
    cron.enqueue_due(backend, HOURLY, 1)  # first read long ago
    for _ in range(3):
        worker(PYTHONPATH=str(tmp_path), DJANGO_SETTINGS_MODULE="extra.settings")
    until(lambda: len(heartbeats(backend)) == 3)
    first = heartbeats(backend)
    until(lambda: all(now > first[name] for name, now in heartbeats(backend).items()))
    assert len(backend.broker.client.keys(f"{backend.broker.tag}{keys.TASK}*")) == 1


def heartbeats(backend):
    """Returns the time of each live worker's latest heartbeat, which queues what is due."""
    client = backend.broker.client
    names = client.keys(f"{backend.broker.tag}{keys.WORKER}*")
    return {name: client.pexpiretime(name) for name in names}


def test_one_task_is_queued_for_all_missed_occurrences(backend, seen):
    assert len(cron.enqueue_due(backend, HOURLY, TEN + 5 * 3600 + 60)) == 1


def test_a_new_task_waits_for_its_next_occurrence(backend):
    assert cron.enqueue_due(backend, HOURLY, TEN) == []
    assert len(cron.enqueue_due(backend, HOURLY, TEN + 3600)) == 1


@override_settings(TIME_ZONE="Asia/Tokyo")
def test_occurrences_are_in_the_time_zone_of_the_settings():
    three = datetime(2030, 1, 1, 3, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    noon = three.replace(hour=12, microsecond=5)
    assert cron.latest_occurrence("0 3 * * *", noon) == three.timestamp()


def test_an_occurrence_is_due_at_its_exact_second():
    ten = datetime(2030, 1, 1, 10, 0, tzinfo=UTC)
    assert cron.latest_occurrence("0 * * * *", ten) == ten.timestamp()
