"""A Redis that refuses commands: pages, sign-ins and posts work, and the log has one line."""

import io
import logging
import time
import uuid
from itertools import count

import pytest
import redis
from django.test import Client

import presence
from chat.events import publisher
from chat.live.hub import running_hub
from chat.rate_limits import limiter, limits
from chatsite import jobs
from chatsite.ops import log_filters
from presence import keys
from presence.clock import minute, seconds
from presence.connection import QUIET_SECONDS, outage
from presence.mark_throttle import mark_throttle
from tasks.api import task_backends
from tasks.exceptions import QueueUnavailable
from tests.chatsite.processes import wait_until
from tests.conftest import PASSWORD
from tests.ports import free_port
from tests.redis_settings import use_redis

pytestmark = pytest.mark.django_db(transaction=True)


def out_of_memory(server) -> None:
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", 1024)


def read_only(server) -> None:
    server.replicaof("127.0.0.1", free_port())


def without_replicas(server) -> None:
    server.config_set("min-replicas-to-write", 1)


def without_permission(server) -> None:
    server.execute_command("ACL SETUSER default -@write -@scripting")


def another_password(server) -> None:
    server.config_set("requirepass", "another")
    server.client_kill_filter(_type="normal", skipme=True)


BROKEN = {
    out_of_memory: "OutOfMemoryError",
    read_only: "ReadOnlyError",
    without_replicas: "NOREPLICAS",
    without_permission: "NoPermissionError",
    another_password: "AuthenticationError",
}


def repair(server) -> None:
    server.config_set("maxmemory", 0)
    server.execute_command("REPLICAOF NO ONE")
    server.config_set("min-replicas-to-write", 0)
    server.execute_command("ACL SETUSER default +@all")
    server.config_set("requirepass", "")


def forget_outages() -> None:
    for one in (outage, limiter.outage):
        one.on, one.refused, one.retry_at = False, set(), 0


@pytest.fixture
def server(valkey, settings):
    """Returns a connection to the site's Redis, which a test may break."""
    use_redis(settings, valkey.url)
    settings.CACHES = {
        alias: {**cache, "LOCATION": valkey.url} for alias, cache in settings.CACHES.items()
    }
    tasks, layer = settings.TASKS["default"], settings.CHANNEL_LAYERS["default"]
    settings.TASKS = {"default": {**tasks, "OPTIONS": {"redis_url": valkey.url}}}
    config = {**layer["CONFIG"], "hosts": [valkey.url]}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}
    forget_outages()
    with redis.Redis.from_url(valkey.url, single_connection_client=True) as client:
        client.ping()
        yield client
        repair(client)
    forget_outages()


@pytest.fixture
def log():
    """Returns the output of the site's own handler."""
    console = next(handler for handler in logging.getLogger().handlers if handler.filters)
    wait_until(lambda: not console.filters[0].away.locked())  # the outage of an earlier test
    console.filters[0].reported.clear()
    stream = io.StringIO()
    before = console.setStream(stream)
    yield lambda: [line for line in stream.getvalue().splitlines() if "Redis" in line]
    assert "Traceback" not in stream.getvalue()
    console.setStream(before)


@pytest.fixture
def broken(request, server):
    """Breaks a Redis that worked before. Returns the name of its error."""
    request.param(server)
    return BROKEN[request.param]


@pytest.fixture
def use_site(client, alice, general, server):
    """Returns use_site(), which makes 35 typical requests, all successful."""
    client.force_login(alice)
    newcomers = count(10**6)  # nothing may be written for other users within a minute

    def use() -> None:
        presence.mark_online(next(newcomers))
        for _ in range(5):
            mark_throttle.clear()
            assert client.get("/").status_code in (200, 302)
            assert client.get("/online/").status_code == 200
            assert client.get("/api/me").json()["username"] == "alice"
            assert client.get(f"/rooms/{general.pk}/").status_code == 200
            post = {"client_id": str(uuid.uuid4()), "body": "Hello"}
            url = f"/api/rooms/{general.pk}/messages"
            assert client.post(url, post, content_type="application/json").status_code == 201
            person = {"login": "alice", "password": PASSWORD}
            assert Client().post("/accounts/login/", person).status_code == 302
            assert client.get("/metrics").status_code == 200
        limits.charge("TASKS", alice.pk)  # longer than a pause that is not reported
        limits.limiter.exchange()

    use()
    return use


everyone = pytest.mark.parametrize("broken", BROKEN, indirect=True, ids=lambda how: how.__name__)


@everyone
def test_the_site_works_and_logs_one_line(use_site, client, log, broken):
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json()["redis"] == broken
    use_site()
    logged = log()
    assert any(broken in line for line in logged)
    assert 1 <= len(logged) <= 5  # one for each of presence, limits, allowances, caches, events
    use_site()
    assert log() == logged


@everyone
def test_a_task_is_refused_by_name_and_once_in_the_log(use_site, log, broken, client):
    before = log()
    for _ in range(3):
        with pytest.raises(QueueUnavailable, match="The task was not queued"):
            jobs.add.enqueue(1, 2)
    (line,) = log()[len(before) :]
    assert line.startswith("WARNING task_queue: Redis ")
    assert client.get("/add?a=1&b=2").status_code == 503


@pytest.mark.parametrize("broken", [read_only, another_password], indirect=True)
def test_the_site_recovers(use_site, log, server, broken, monkeypatch):
    monkeypatch.setattr(log_filters, "RETRY_SECONDS", 0.01)
    use_site()
    repair(server)
    for one in (outage, limiter.outage):
        one.retry_at, one.refused_at = 0, time.monotonic() - QUIET_SECONDS
    use_site()
    assert not outage.on
    assert not outage.refused
    assert not limiter.outage.refused
    wait_until(lambda: not logging.getLogger().handlers[0].filters[0].away.locked())
    logged = log()
    use_site()
    assert log() == logged, (logged, log())
    assert jobs.add.enqueue(1, 2).id


def test_readable_data_is_read(alice, server):
    presence.mark_online(alice.pk)
    read_only(server)
    presence.mark_online(alice.pk + 1)
    assert outage.refused
    assert presence.online_user_ids() == {alice.pk}
    assert not presence.backend().is_available()


def online_users() -> str:
    return keys.online_users(0, [minute(seconds(None))])[0]


WRONG = {
    "a list": lambda server, key: server.rpush(key, "x"),
    "a text": lambda server, key: server.set(key, "x"),
    "a hash of another": lambda server, key: server.hset(key, "x", "y"),
    "a set of another": lambda server, key: server.sadd(key, "x"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_unreadable_presence_is_logged_once(use_site, client, alice, server, log, wrong):
    for name in (online_users(), keys.lease("a-server")):
        server.delete(name)
        WRONG[wrong](server, name)
    server.sadd(keys.SERVERS, "a-server")
    before = log()
    for _ in range(35):
        assert client.get("/online/").status_code == 200
        assert client.get("/api/users/online").status_code == 200
    assert 1 <= len(log()[len(before) :]) <= 2  # by name: the type, or the value
    assert all("Redis refuses a command" in line for line in log()[len(before) :])


def test_events_are_still_published(use_site, server):
    read_only(server)
    use_site()
    assert running_hub() is None
    assert not publisher.background()[1].is_down


def test_a_queue_key_of_another_type_is_not_an_outage_of_redis(server, log):
    server.rpush(task_backends["default"].broker.tag + "queues", "x")
    with pytest.raises(QueueUnavailable, match="refuses a command"):
        jobs.add.enqueue(1, 2)
