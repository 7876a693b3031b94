"""Open sockets after a loss of an announcement, a process, a lease, or Redis."""

import presence
from presence import keys
from presence.connection import client, outage
from presence.socket_leases import LEASE_SECONDS
from presence.socket_tracker import READ_DIFFERENT_PEER_SECONDS, READ_PEER_SECONDS
from tests.presence.servers import ALICE, BOB, CHARLIE, hello


async def test_leases_replace_lost_announcements(site, one, two):
    site.announcements_arrive = False
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(READ_PEER_SECONDS + 1)
    assert one.here() == two.here() == {ALICE, BOB}
    two.closed(BOB, site.now)
    two.opened(CHARLIE, site.now)
    log = await site.run(READ_PEER_SECONDS + 5)
    assert one.here() == {ALICE, CHARLIE}
    assert [what for _, *what in log["one"]] == [[[CHARLIE], [], []], [[], [], [BOB]]]


async def test_a_lease_of_another_size_is_read_soon(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(READ_PEER_SECONDS * 2)
    site.announcements_arrive = False
    two.opened(CHARLIE, site.now)
    await site.run(READ_DIFFERENT_PEER_SECONDS + 2)
    assert CHARLIE in one.here()


async def test_killed_processes(site, one, two):
    """Alice has two tabs in one process and one in another: she leaves when all are gone."""
    two.opened(ALICE, site.now)
    two.opened(ALICE, site.now)
    one.opened(ALICE, site.now)
    three = site.start("three")
    three.opened(BOB, site.now)
    await site.run(2)
    site.kill("two")
    assert await site.run(60) == {"one": [], "three": []}
    assert three.here() == {ALICE, BOB}
    site.kill("one")
    log = await site.run(10)
    assert [what for _, *what in log["three"]] == [[[], [], [ALICE]]]
    assert log["three"][0][0] + LEASE_SECONDS <= 60
    assert presence.here_user_ids() == {BOB}
    assert client().smembers(keys.SERVERS) == {"three"}


async def test_a_lease_expires_within_its_time(site, one):
    one.opened(ALICE, site.now)
    await site.run(3)
    assert 0 < client().ttl(keys.lease("one")) <= LEASE_SECONDS
    assert 0 < client().ttl(keys.SERVERS) <= LEASE_SECONDS


async def test_a_process_that_was_stopped_comes_back_automatically(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(2)
    stopped = site.servers.pop("two")
    client().delete(keys.lease("two"))  # expired
    log = await site.run(90)
    assert [what for _, *what in log["one"]] == [[[], [], [BOB]]]
    site.servers["two"] = stopped
    stopped.closed(BOB, site.now)
    stopped.opened(CHARLIE, site.now)
    log = await site.run(10)
    assert [what for _, *what in log["one"]] == [[[CHARLIE], [], []]]
    assert presence.here_user_ids() == {ALICE, CHARLIE}


async def test_a_flushed_redis_is_filled_again_without_departures(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(5)
    client().flushall()
    assert await site.run(30) == {"one": [], "two": []}
    assert presence.here_user_ids() == {ALICE, BOB}
    assert presence.online_user_ids(site.now) == {ALICE, BOB}


async def test_a_flushed_redis_with_lost_announcements(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(5)
    site.announcements_arrive = False
    client().flushall()
    assert await site.run(30) == {"one": [], "two": []}


async def test_an_outage_of_redis(site, one, other_redis, caplog):
    one.opened(ALICE, site.now)
    await site.run(2)
    other_redis.kill()
    one.opened(BOB, site.now)
    log = await site.run(5)
    assert log == {"one": [hello(BOB)]}
    assert one.here() == {ALICE, BOB}
    assert len(caplog.records) == 1
    other_redis.start()
    outage.retry_at = 0
    await site.run(2)
    assert presence.here_user_ids() == {ALICE, BOB}
