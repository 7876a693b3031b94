import signal
import time

import pytest
from django.test import AsyncClient

from chatsite.ops import health
from tasks.api import task_backends
from tasks.redis import keys
from tests import valkey

pytestmark = pytest.mark.django_db

READYZ = {"database", "redis", "channel_layer", "worker"}


@pytest.fixture
def worker():
    """A worker that has just renewed its lease."""
    broker = task_backends["default"].broker
    broker.heartbeat("a-worker", ["a-slot"])
    yield
    broker.release("a-worker", ["a-slot"])


@pytest.fixture
def redis_hangs():
    valkey.server.process.send_signal(signal.SIGSTOP)
    yield
    valkey.server.process.send_signal(signal.SIGCONT)


def test_healthz_responds_without_database_or_session(client, alice, django_assert_num_queries):
    client.force_login(alice)
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert not response.has_header("Vary")


def test_healthz_responds_for_any_host_name(client):
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200


async def test_healthz_responds_under_asgi():
    assert (await AsyncClient().get("/healthz")).json() == {"status": "ok"}


def test_healthz_is_ok_while_redis_is_down(client, redis_down):
    assert client.get("/healthz").status_code == 200


def test_readyz_lists_each_part(client, worker):
    response = client.get("/readyz")
    assert response.json() == {"status": "ok", **dict.fromkeys(READYZ, "ok")}
    assert response.status_code == 200


@pytest.mark.parametrize("off", [-86400, -60, 60, 86400])
def test_readyz_counts_workers_by_the_clock_of_redis(client, worker, monkeypatch, off):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + off)
    assert client.get("/readyz").json()["worker"] == "ok"
    broker = task_backends["default"].broker
    broker.renew("a-worker", ["a-slot"], 0)
    broker.client.zadd(broker.tag + keys.LEASES, {"a-slot": real() - 2})
    assert client.get("/readyz").json()["worker"] == "NoWorker"


async def test_readyz_responds_under_asgi(worker):
    assert (await AsyncClient().get("/readyz")).status_code == 200


def test_readyz_reports_that_no_worker_runs(client):
    task_backends["default"].broker.client.flushdb()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["worker"] == "NoWorker"
    assert response.json()["redis"] == "ok"


def test_readyz_reports_that_redis_is_down(client, worker, redis_down):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "fails"
    assert response.json()["redis"] == "ConnectionError"
    assert response.json()["channel_layer"] == "ConnectionError"
    assert response.json()["database"] == "ok"


def test_readyz_does_not_wait_for_a_redis_that_hangs(client, worker, redis_hangs, monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.1)
    assert client.get("/readyz").json()["redis"] == "TimeoutError"
