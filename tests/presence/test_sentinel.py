"""The project's own clients: of Sentinel, of a cluster, and clients that return bytes."""

import pytest
import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel

import presence
from presence import keys
from presence.connection import aclient, client, outage
from tests.cluster import until
from tests.presence.servers import ALICE, BOB, hello
from tests.redis_settings import configure
from tests.sentinel import NAME, sentinel

NOON = 30_000_000 * 60
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1}  # seconds


@pytest.fixture
def servers(tmp_path, settings):
    with sentinel(tmp_path) as servers:
        addresses = [("127.0.0.1", servers.sentinel_port)]

        def sync_client():
            return redis.sentinel.Sentinel(addresses).master_for(NAME, **TIMEOUTS)

        def async_client():
            return redis.asyncio.sentinel.Sentinel(addresses).master_for(NAME, **TIMEOUTS)

        configure(settings, CLIENT=sync_client, ACLIENT=async_client)
        yield servers


def no_wait():
    outage.retry_at = 0
    outage.is_on = False


def works():
    no_wait()
    presence.mark_many([ALICE, BOB])
    return presence.online_user_ids() == {ALICE, BOB}


async def test_marks_and_sockets_survive_a_failover(servers, site):
    assert works()
    one, two = site.start("one"), site.start("two")
    one.opened(ALICE, site.now)
    assert (await site.run(2))["two"] == [hello(ALICE)]
    assert await presence.ahere_user_ids() == {ALICE}
    servers.fail_over()
    until(works)
    no_wait()
    await site.run(2)
    no_wait()
    await site.run(2)
    assert presence.here([ALICE, BOB]) == await presence.ahere([ALICE, BOB]) == {ALICE}
    two.opened(BOB, site.now)
    assert (await site.run(3))["one"] == [(2, [BOB], [], [])]
    assert await presence.aonline_user_ids() == presence.online_user_ids() == {ALICE, BOB}


def use_clients(settings, **options):
    url = settings.REDIS_URL
    configure(
        settings,
        CLIENT=lambda: redis.Redis.from_url(url, **options),
        ACLIENT=lambda: redis.asyncio.Redis.from_url(url, **options),
    )


@pytest.fixture
def clients_of_a_cluster(settings, masters):
    url = masters.replace("+cluster", "")
    configure(
        settings,
        SHARDS=4,
        CLIENT=lambda: redis.RedisCluster.from_url(url),
        ACLIENT=lambda: redis.asyncio.RedisCluster.from_url(url),
    )
    client().flushall()


@pytest.mark.parametrize("replies", ["text", "bytes", "bytes of a cluster"])
async def test_any_client_has_the_same_results(replies, request, settings, site):
    if replies == "bytes of a cluster":
        request.getfixturevalue("clients_of_a_cluster")
    else:
        use_clients(settings, decode_responses=replies == "text")
    presence.mark_many(range(1, 20), NOON)
    await presence.amark_offline(19, NOON)
    assert presence.online_user_ids(NOON) == await presence.aonline_user_ids(NOON)
    assert presence.online_count(NOON) == await presence.aonline_count(NOON) == 18
    assert presence.is_online([1, 50], NOON) == await presence.ais_online([1, 50], NOON) == {1}
    times = presence.last_activities([1, 50], NOON)
    assert {user_id: at.timestamp() for user_id, at in times.items()} == {1: NOON}
    assert await presence.alast_activities([1, 50], NOON) == times
    one, two = site.start("one"), site.start("two")
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(3)
    assert presence.here_user_ids() == await presence.ahere_user_ids() == {ALICE, BOB}
    assert presence.here([1, 9]) == await presence.ahere([1, 9]) == {ALICE}
    await one.close()
    assert presence.here_user_ids() == {BOB}
    assert not outage.refused


def test_functions_are_called_once(settings):
    calls = []

    def create():
        calls.append(1)
        return redis.Redis.from_url(settings.REDIS_URL)

    configure(settings, CLIENT=create, ACLIENT=create)
    for _ in range(3):
        presence.mark_online(1)
    assert presence.online_count() == 1
    assert len(calls) == 1


def test_a_function_may_be_a_path(settings):
    configure(settings, CLIENT="tests.presence.test_sentinel.own", ACLIENT="nothing.yet")
    presence.mark_online(1)
    assert client() is own.made
    assert list(client().scan_iter(f"online-users/{keys.tag(0)}*"))


async def test_an_async_function_is_called_for_each_loop(settings):
    url = settings.REDIS_URL
    configure(settings, CLIENT=own, ACLIENT=lambda: redis.asyncio.Redis.from_url(url))
    assert aclient() is aclient()
    await presence.amark_online(1)
    assert await presence.aonline_count() == 1


def test_nobody_is_online_if_the_function_cannot_connect(settings):
    def create():
        return redis.RedisCluster(host="127.0.0.1", port=1)

    configure(settings, CLIENT=create, ACLIENT=create)
    presence.mark_online(1)
    assert presence.online_count() == 0
    assert outage.is_on


def own():
    from django.conf import settings

    own.made = redis.Redis.from_url(settings.REDIS_URL)
    return own.made
