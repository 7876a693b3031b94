"""The task queue on a cluster of three masters, which refuses commands that use several hash slots.
Each backend's keys share one slot, so three backends are on three nodes."""

import time

import pytest
import redis
from django.core.management import call_command
from django.test import override_settings

from tasks import results
from tasks.api import TaskResultStatus, task_backends
from tasks.exceptions import QueueUnavailable
from tasks.stats.inspection import Inspection
from tasks.stats.metrics import metrics
from tasks.worker import cron
from tests.cluster import cluster, url
from tests.tasks import jobs
from tests.tasks.waiting import finished

ALIASES = ["default", "a", "b"]  # whose tags are on three nodes


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as ports:
        yield url(ports)


@pytest.fixture(params=["url", "client"])
def backend(request, address, monkeypatch):
    """Returns the default backend on the cluster, without tasks."""
    plain = address.replace("+cluster", "")
    options = {
        "url": {"redis_url": address},
        "client": {"client": lambda: redis.RedisCluster.from_url(plain)},
    }[request.param]
    path = "tasks.backend.RedisQueueBackend"
    one = {"BACKEND": path, "QUEUES": ["default", "exports"], "OPTIONS": options}
    monkeypatch.setattr(cron, "periodic", {})
    jobs.entered.clear()
    jobs.opened.clear()
    with override_settings(TASKS=dict.fromkeys(ALIASES, one)):
        task_backends["default"].broker.client.flushall()
        yield task_backends["default"]
        jobs.opened.set()


def test_all_kinds_of_tasks_run_once(backend, start):
    start(threads=2)
    results = [
        jobs.add.enqueue(1, 2),
        jobs.add.using(queue_name="exports", priority=3).enqueue(1, 2),
        jobs.only_one.enqueue("alice"),
        jobs.rare.enqueue(),
        *jobs.add.enqueue_many([(1, 2)] * 20),
    ]
    progressing, failing = jobs.count_to.enqueue(3), jobs.fail.enqueue()
    finished(*results, progressing, failing)
    assert {result.attempts for result in results} == {1}
    assert progressing.progress["done"] == 3
    assert failing.status == TaskResultStatus.FAILED


def test_the_backends_are_on_three_nodes(backend):
    brokers = [task_backends[alias].broker for alias in ALIASES]
    for broker in brokers:
        broker.heartbeat("a-worker", ["a-slot"])
    client = backend.broker.client
    assert len({client.get_node_from_key(broker.tag).name for broker in brokers}) == 3
    for broker in brokers:
        assert client.zcard(broker.tag + "leases") == 1


@pytest.mark.parametrize("alias", ALIASES)
def test_scripts_that_a_node_forgot_are_sent_again(backend, alias):
    broker = task_backends[alias].broker
    broker.client.script_flush()
    broker.heartbeat("a-worker", ["a-slot"])
    assert broker.release("a-worker", ["a-slot"]) == []


def test_the_task_of_an_expired_lease_is_put_back(backend):
    broker, now = backend.broker, time.time()
    result = jobs.add.enqueue(1, 2)
    broker.heartbeat("dead", ["dead-slot"], now=now)
    (claim,) = broker.settle_and_claim("dead-slot", want=5, queues=["default"], now=now).claims
    assert claim.id == result.id
    again, failed = broker.heartbeat("alive", ["alive-slot"], reap=True, now=now + 60)
    assert (again, failed) == ([result.id], [])
    (claim,) = broker.settle_and_claim(
        "alive-slot", want=5, queues=["default"], now=now + 60
    ).claims
    assert (claim.id, claim.attempt) == (result.id, "2")


def test_leases_are_renewed_and_released_from_outside_their_worker(backend):
    broker, now = backend.broker, time.time()
    result = jobs.add.enqueue(1, 2)
    assert broker.settle_and_claim("worker.1", want=1, queues=["default"], now=now).claims
    broker.renew("worker", ["worker.1"], now=now + 5)
    assert broker.heartbeat("alive", [], reap=True, now=now + 8) == ([], [])
    broker.renew("worker", ["worker.1"], seconds=0, now=now + 8)
    assert broker.heartbeat("alive", [], reap=True, now=now + 8) == ([result.id], [])


def test_unique_cancelled_and_repeated_tasks(backend):
    first = jobs.only_one.enqueue("alice")
    assert jobs.only_one.enqueue("alice").id == first.id
    assert backend.cancel(first.id)
    assert results.get(first.id).status == TaskResultStatus.FAILED
    assert backend.broker.requeue(first.id)
    assert backend.broker.discard(first.id)
    jobs.add.enqueue_many([(1, 2)] * 5)
    assert backend.broker.empty("default") == 5


def test_an_occurrence_of_a_periodic_task_is_queued_once(backend, monkeypatch):
    monkeypatch.setattr(cron, "periodic", {"hourly": jobs.hourly})
    now = backend.broker.time()
    assert abs(now - time.time()) < 60
    cron.enqueue_due(backend)  # the first time, a worker only records the hour
    assert len(cron.enqueue_due(backend, now=now + 3600)) == 1
    assert cron.enqueue_due(backend, now=now + 3600) == []


def test_the_admin_and_metrics_read_all_queues(backend, start, capsys):
    start(threads=1)
    finished(jobs.add.enqueue(1, 2), jobs.fail.enqueue())
    waiting = jobs.add.using(queue_name="exports").enqueue_many([(1, 2)] * 3)
    finished(*waiting)
    inspection = Inspection(backend)
    state = inspection.queue("default")
    assert (state.done, state.failed) == (1, 1)
    assert inspection.workers()
    found = list(inspection.find("exports", "finished"))
    assert {record.status for record in found} == {"SUCCESSFUL"}
    assert {figure.name for figure in metrics()} >= {"tasks_workers"}
    call_command("showqueues")
    assert "exports" in capsys.readouterr().out


def test_queueing_fails_while_a_cluster_is_away(caplog):
    path = "tasks.backend.RedisQueueBackend"
    options = {"redis_url": "redis+cluster://127.0.0.1:1"}
    tasks = {"BACKEND": path, "QUEUES": ["default"], "OPTIONS": options}
    with override_settings(TASKS={"default": tasks}):
        for _ in range(3):
            with pytest.raises(QueueUnavailable, match="Redis does not respond"):
                jobs.add.enqueue(1, 2)
        assert metrics() == []
    assert len([r for r in caplog.records if r.name == "task_queue"]) == 1
