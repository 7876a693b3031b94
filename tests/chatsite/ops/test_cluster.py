"""The whole site on a Redis Cluster of three masters: two web processes and a worker."""

import os
import subprocess
import sys
import uuid

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches

from chatsite.accounts.models import Token
from chatsite.ops import redis_outage
from tests.chat.socket_client import ServerSocketClient
from tests.chatsite.processes import wait_until
from tests.cluster import cluster, url
from tests.redis_settings import use_redis
from tests.site import ROOT, Site, session_of, site_environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def masters(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as ports:
        yield url(ports)


@pytest.fixture
def on_a_cluster(settings, masters):
    use_redis(settings, masters)
    settings.CACHES = {
        alias: {**cache, "LOCATION": masters} for alias, cache in settings.CACHES.items()
    }


@pytest.fixture
def site(transactional_db, masters):
    with Site(processes=2, REDIS_URL=masters) as site:
        yield site


@pytest.fixture
def worker(transactional_db, masters):
    environment = {**os.environ, **site_environment(), "REDIS_URL": masters}
    command = [sys.executable, "manage.py", "runworker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
        yield worker
        worker.kill()


async def test_a_post_at_one_process_reaches_the_other(site, alice, bob, general):
    here, there = (web.url for web in site.webs)
    cookie = {"Cookie": f"sessionid={await sync_to_async(session_of)(alice)}"}
    talk = ServerSocketClient(there, "/ws/", cookie)
    await talk.connect()
    await talk.open(general)
    _, secret = await sync_to_async(Token.objects.issue)(bob, "laptop", Token.Scope.WRITE)
    post = {"client_id": str(uuid.uuid4()), "body": "Hello"}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as program:
        response = await program.post(f"{here}/api/rooms/{general.pk}/messages", json=post)
    assert response.status_code == 201
    assert (await talk.next("message"))["client_id"] == post["client_id"]
    await talk.end()


def test_every_part_is_ready_and_a_task_runs(site, worker, alice):
    with httpx.Client(base_url=site.url, cookies={"sessionid": session_of(alice)}) as browser:
        wait_until(lambda: browser.get("/readyz").status_code == 200)
        assert browser.get("/add?a=1&b=2").status_code == 200
        wait_until(lambda: browser.get("/add-result").json()["ready"])
        assert browser.get("/online/").status_code == 200
        assert browser.get("/api/users/online").json()["count"] == 1


@pytest.mark.usefixtures("on_a_cluster")
def test_the_cache_works_with_keys_on_every_node():
    cache = caches["default"]
    keys = [f"key-{number}" for number in range(30)]
    cache.set_many(dict.fromkeys(keys, 1), 60)
    assert cache.get_many(keys) == dict.fromkeys(keys, 1)
    assert cache.incr(keys[0]) == 2
    assert not cache.add(keys[0], 5)
    assert 0 < cache.ttl(keys[0]) <= 60
    assert cache.delete_many(keys) == 30
    assert cache.get(keys[0]) is None
    nodes = cache.client.get_client().get_primaries()
    assert len(nodes) == 3
    assert redis_outage.accepts_writes()


def test_a_cache_whose_cluster_is_away_is_empty(settings, client, alice):
    client.force_login(alice)
    address = "redis+cluster://127.0.0.1:1"
    use_redis(settings, address)
    settings.CACHES = {
        alias: {**cache, "LOCATION": address} for alias, cache in settings.CACHES.items()
    }
    assert caches["default"].get("a", "nothing") == "nothing"
    assert client.get("/api/me").json()["username"] == "alice"
    assert client.get("/online/").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert not redis_outage.accepts_writes()
