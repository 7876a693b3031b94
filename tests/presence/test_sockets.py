"""Who has a socket open anywhere: several tabs, several processes, clean ends and others.

Each Sockets here stands for a server process. Time is passed in; where Redis itself counts it, in
the life of a lease, the lease is deleted as Redis would.
"""

import pytest

import presence
from presence import keys
from presence.connection import client, outage
from presence.leases import LEASE_SECONDS
from presence.sockets import (
    AWAY_SECONDS,
    GRACE_SECONDS,
    READ_ODD_PEER_SECONDS,
    READ_PEER_SECONDS,
    Sockets,
)

ALICE, BOB, CHARLIE = 1, 2, 3


class Site:
    """Server processes that sync every second and hear each other, unless told otherwise."""

    def __init__(self):
        self.now = 30_000_000 * 60.0
        self.servers = {}
        self.hears = True

    def start(self, name):
        self.servers[name] = Sockets(name)
        return self.servers[name]

    def kill(self, name):
        """Redis lets the lease lapse."""
        del self.servers[name]
        client().delete(keys.lease(name))

    async def run(self, seconds=1):
        """{server: [(seconds from now, here, away, left)]}, where anything changed."""
        log = {name: [] for name in self.servers}
        for second in range(1, seconds + 1):
            self.now += 1
            for name, server in self.servers.items():
                changes = await server.sync(self.now)
                self._announce(name, changes.announce)
                what = (sorted(changes.here), sorted(changes.away), sorted(changes.left))
                if any(what):
                    log[name].append((second, *what))
        return log

    def _announce(self, name, diff):
        for other in self.servers.values():
            if other.server != name and self.hears:
                other.merge(name, diff.here, diff.left, diff.away, now=self.now)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def one(site):
    return site.start("one")


@pytest.fixture
def two(site):
    return site.start("two")


def hello(*user_ids):
    return (1, list(user_ids), [], [])


async def test_arrivals_are_told_once(site, one):
    one.opened(ALICE, site.now)
    one.opened(BOB, site.now)
    assert await site.run(5) == {"one": [hello(ALICE, BOB)]}
    assert one.here() == presence.here_user_ids() == {ALICE, BOB}


async def test_several_tabs_are_one_person(site, one):
    one.opened(ALICE, site.now)
    one.opened(ALICE, site.now)
    await site.run()
    one.closed(ALICE, site.now)
    assert await site.run(10) == {"one": []}
    assert one.here() == {ALICE}


async def test_a_clean_close_is_told_within_five_seconds_everywhere(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    log = await site.run(10)
    for events in log.values():
        [(second, here, away, left)] = events
        assert (here, away, left) == ([], [], [ALICE])
        assert GRACE_SECONDS <= second <= 5
    assert one.here() == two.here() == presence.here_user_ids() == set()


async def test_a_reload_makes_no_flicker(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    assert await site.run(1) == {"one": [], "two": []}
    one.opened(ALICE, site.now + 0.9)
    assert await site.run(10) == {"one": [], "two": []}


async def test_a_reload_that_lands_on_another_process_makes_no_flicker(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    await site.run(1)
    two.opened(ALICE, site.now)
    assert await site.run(10) == {"one": [], "two": []}


async def test_whoever_is_elsewhere_too_stays(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    assert await site.run(30) == {"one": [], "two": []}
    assert presence.here([ALICE, BOB]) == {ALICE}


async def test_peers_hear_within_a_second(site, one, two):
    two.opened(BOB, site.now)
    log = await site.run(2)
    assert log["one"] == [(2, [BOB], [], [])]
    assert one.here() == {BOB}


async def test_lost_announcements_are_made_good_by_the_leases(site, one, two):
    site.hears = False
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
    site.hears = False
    two.opened(CHARLIE, site.now)
    await site.run(READ_ODD_PEER_SECONDS + 2)
    assert CHARLIE in one.here()


async def test_killed_processes(site, one, two):
    """Two of alice's tabs on one process and one on another: she goes with the last of them."""
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


async def test_a_lease_lapses_within_its_time(site, one):
    one.opened(ALICE, site.now)
    await site.run(3)
    assert 0 < client().ttl(keys.lease("one")) <= LEASE_SECONDS
    assert 0 < client().ttl(keys.SERVERS) <= LEASE_SECONDS


async def test_a_process_that_stood_still_comes_back_by_itself(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(2)
    stopped = site.servers.pop("two")
    client().delete(keys.lease("two"))  # lapsed
    log = await site.run(90)
    assert [what for _, *what in log["one"]] == [[[], [], [BOB]]]
    site.servers["two"] = stopped
    stopped.closed(BOB, site.now)
    stopped.opened(CHARLIE, site.now)
    log = await site.run(10)
    assert [what for _, *what in log["one"]] == [[[CHARLIE], [], []]]
    assert presence.here_user_ids() == {ALICE, CHARLIE}


async def test_flushed_redis_is_filled_again_without_flicker(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(5)
    client().flushall()
    assert await site.run(30) == {"one": [], "two": []}
    assert presence.here_user_ids() == {ALICE, BOB}
    assert presence.online_user_ids(site.now) == {ALICE, BOB}


async def test_flushed_redis_with_announcements_lost(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(5)
    site.hears = False
    client().flushall()
    assert await site.run(30) == {"one": [], "two": []}


async def test_redis_away(site, one, other_redis, caplog):
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


async def test_shutdown_is_told_without_waiting_for_the_lease(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(2)
    await site.servers.pop("two").close()
    assert presence.here_user_ids() == {ALICE}
    log = await site.run(5)
    assert [what for _, *what in log["one"]] == [[[], [], [BOB]]]


async def test_an_unused_socket_is_away_until_it_is_used(site, one, two):
    one.opened(ALICE, site.now)
    log = await site.run(AWAY_SECONDS + 1)
    away = [(AWAY_SECONDS, [], [ALICE], [])]
    assert log["one"] == [hello(ALICE), *away]
    assert log["two"][1][2] == [ALICE]
    assert one.away() == two.away() == presence.away([ALICE, BOB]) == {ALICE}
    assert one.here() == {ALICE}
    one.used(ALICE, site.now)
    assert (await site.run(1))["one"] == [hello(ALICE)]
    assert presence.away([ALICE]) == set()


async def test_used_in_one_process_is_here_whatever_the_others_say(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(ALICE, site.now)
    for _ in range(AWAY_SECONDS // 60 + 2):
        two.used(ALICE, site.now)
        await site.run(60)
    assert one.away() == two.away() == presence.away([ALICE]) == set()
    assert client().hget(keys.lease("one"), str(ALICE)) == "a"


async def test_an_open_socket_is_online_without_a_gap(site, one, settings):
    settings.ONLINE_LAST_MINUTES = 1
    one.opened(ALICE, site.now)
    for _ in range(200):
        await site.run(1)
        assert presence.online_count(site.now) == 1


async def test_use_of_a_socket_is_activity(site, one):
    one.opened(ALICE, site.now)
    for _ in range(100):
        one.used(ALICE, site.now)
        await site.run(1)
        seen = presence.last_activity(ALICE, site.now)
        assert site.now - seen.timestamp() <= 15


async def test_a_sync_is_one_round_trip(site, one, two, round_trips):
    one.opened(ALICE, site.now)
    two.opened(BOB, site.now)
    await site.run(3)
    del site.servers["two"]
    one.opened(CHARLIE, site.now)
    one.active.clear()  # marking is another
    round_trips.clear()
    await site.run(1)
    assert len(round_trips) == 1


async def test_who_appears_offline_is_here_to_nobody(site, one, two):
    one.hide(ALICE, True)
    one.opened(ALICE, site.now)
    one.used(ALICE, site.now)
    assert await site.run(70) == {"one": [], "two": []}
    assert one.here() == two.here() == presence.here_user_ids() == set()
    assert presence.online_count(site.now) == 0


async def test_who_appears_offline_from_now_on_has_left(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.hide(ALICE, True)
    log = await site.run(5)
    assert [what for _, *what in log["two"]] == [[[], [], [ALICE]]]
    one.hide(ALICE, False)
    log = await site.run(2)
    assert [what for _, *what in log["two"]] == [[[ALICE], [], []]]


async def test_a_socket_that_is_used_after_its_end_is_nobody(site, one):
    one.opened(ALICE, site.now)
    one.closed(ALICE, site.now)
    one.used(ALICE, site.now)
    assert await site.run(5) == {"one": []}
    assert presence.here_user_ids() == set()
