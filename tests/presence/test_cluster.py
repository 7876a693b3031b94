"""On a cluster of three masters: the shards of the marks and the leases are on different nodes."""

import pytest
import redis
from redis.exceptions import RedisClusterException

import presence
from presence import keys
from presence.connection import aclient, client, connect, node_url, outage
from tests.presence.servers import ALICE, BOB, CHARLIE, hello
from tests.redis_settings import use_redis

NOON = 30_000_000 * 60
pytestmark = pytest.mark.usefixtures("on_a_cluster")


def nodes_with(pattern: str) -> int:
    return sum(
        any(True for _ in node.redis_connection.scan_iter(pattern))
        for node in client().get_primaries()
    )


def test_marks_are_on_every_node():
    presence.mark_many(range(1, 100), NOON)
    presence.mark_many(range(1, 50), NOON + 60)
    assert nodes_with("online-users/*") == 3
    assert presence.online_count(NOON + 60) == 99
    assert presence.online_user_ids(NOON + 60) == set(range(1, 100))
    assert presence.is_online(range(1, 200), NOON + 60) == set(range(1, 100))
    presence.mark_offline(7, NOON + 60)
    assert presence.online_count(NOON + 60) == 98
    assert not outage.refused


async def test_marks_of_the_async_client():
    await presence.amark_many(range(1, 100), NOON)
    assert nodes_with("online-users/*") == 3
    assert presence.online_count(NOON) == 99


@pytest.mark.parametrize("ask", [presence.is_online, presence.mark_many])
def test_scripts_that_the_nodes_forgot_are_sent_again(ask):
    presence.mark_many(range(1, 100), NOON)
    client().script_flush()
    ask(range(1, 200), NOON)
    assert presence.online_count(NOON) >= 99
    assert not outage.refused


async def test_open_sockets_of_several_processes(site):
    names = ["one", "two", "three", "four", "five", "six"]
    servers = [site.start(name) for name in names]
    for user_id, server in enumerate(servers, 1):
        server.opened(user_id, site.now)
    log = await site.run(3)
    assert nodes_with("open-sockets/{*") > 1
    assert presence.here(range(1, 20)) == set(range(1, 7))
    assert presence.here_user_ids() == set(range(1, 7))
    assert log["one"]
    servers[0].closed(ALICE, site.now)
    await site.run(4)
    assert presence.here_user_ids() == {2, 3, 4, 5, 6}
    await servers[1].close()
    assert BOB not in presence.here_user_ids()
    assert not client().exists(keys.lease("two"))
    assert CHARLIE in presence.here_user_ids()
    assert not outage.refused


async def test_a_lease_is_written_again_as_a_whole(site):
    one = site.start("one")
    one.opened(ALICE, site.now)
    assert (await site.run())["one"] == [hello(ALICE)]
    await aclient().hset(keys.lease("one"), mapping={BOB: "here", CHARLIE: "here"})
    await site.run(2)
    assert presence.here_user_ids() == {ALICE}


def test_the_log_names_a_wrong_address_of_a_cluster(settings, caplog):
    use_redis(settings, node_url(settings.REDIS_URL))
    presence.mark_many(range(1, 100), NOON)
    (line,) = [r.getMessage() for r in caplog.records if r.name == "presence.connection"]
    assert "MovedError" in line
    assert "redis+cluster://" in line


def test_nobody_is_online_while_a_cluster_is_away(settings, caplog):
    use_redis(settings, "redis+cluster://127.0.0.1:1")
    with pytest.raises((RedisClusterException, redis.ConnectionError)):
        connect(settings.REDIS_URL)
    assert presence.online_count() == 0
    assert presence.online_count() == 0
    lines = [r.getMessage() for r in caplog.records if r.name == "presence.connection"]
    assert [line.partition(",")[0] for line in lines] == ["Redis does not respond"]


async def test_nobody_is_online_while_a_cluster_is_away_from_the_async_client(settings):
    use_redis(settings, "redis+cluster://127.0.0.1:1")
    await presence.amark_many([1])
    assert outage.is_on


async def test_a_large_lease_is_written_again(site):
    one = site.start("one")
    for user_id in range(1, 3001):
        one.opened(user_id, site.now)
    await site.run()
    client().delete(keys.lease("one"))
    await site.run(2)
    assert presence.here_user_ids() == set(range(1, 3001))
    assert 0 < client().ttl(keys.lease("one")) <= 45
    assert not outage.refused
