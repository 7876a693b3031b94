"""Users with open sockets: several tabs, several processes, clean ends."""

import presence
from presence import keys
from presence.connection import client
from presence.socket_tracker import AWAY_SECONDS, GRACE_SECONDS
from tests.presence.servers import ALICE, BOB, CHARLIE, hello
from tests.redis_settings import configure


async def test_arrivals_are_reported_once(site, one):
    one.opened(ALICE, site.now)
    one.opened(BOB, site.now)
    assert await site.run(5) == {"one": [hello(ALICE, BOB)]}
    assert one.here() == presence.here_user_ids() == {ALICE, BOB}


async def test_several_tabs_are_one_user(site, one):
    one.opened(ALICE, site.now)
    one.opened(ALICE, site.now)
    await site.run()
    one.closed(ALICE, site.now)
    assert await site.run(10) == {"one": []}
    assert one.here() == {ALICE}


async def test_a_clean_close_is_reported_within_five_seconds_everywhere(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    log = await site.run(10)
    for events in log.values():
        [(second, here, away, left)] = events
        assert (here, away, left) == ([], [], [ALICE])
        assert GRACE_SECONDS <= second <= 5
    assert one.here() == two.here() == presence.here_user_ids() == set()


async def test_a_reload_is_not_reported(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    assert await site.run(1) == {"one": [], "two": []}
    one.opened(ALICE, site.now + 0.9)
    assert await site.run(10) == {"one": [], "two": []}


async def test_a_reload_on_another_process_is_not_reported(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    await site.run(1)
    two.opened(ALICE, site.now)
    assert await site.run(10) == {"one": [], "two": []}


async def test_a_user_with_a_socket_elsewhere_stays(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(ALICE, site.now)
    await site.run(2)
    one.closed(ALICE, site.now)
    assert await site.run(30) == {"one": [], "two": []}
    assert presence.here([ALICE, BOB]) == {ALICE}


async def test_peers_know_within_a_second(site, one, two):
    two.opened(BOB, site.now)
    log = await site.run(2)
    assert log["one"] == [(2, [BOB], [], [])]
    assert one.here() == {BOB}


async def test_shutdown_is_reported_without_waiting_for_the_lease(site, one, two):
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


async def test_a_user_active_in_one_process_is_here_whatever_the_others_report(site, one, two):
    one.opened(ALICE, site.now)
    two.opened(ALICE, site.now)
    for _ in range(AWAY_SECONDS // 60 + 2):
        two.used(ALICE, site.now)
        await site.run(60)
    assert one.away() == two.away() == presence.away([ALICE]) == set()
    assert client().hget(keys.lease("one"), str(ALICE)) == "a"


async def test_an_open_socket_is_online_without_a_gap(site, one, settings):
    configure(settings, ONLINE_LAST_MINUTES=1)
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


async def test_a_user_who_appears_offline_is_not_reported(site, one, two):
    one.hide(ALICE, True)
    one.opened(ALICE, site.now)
    one.used(ALICE, site.now)
    assert await site.run(70) == {"one": [], "two": []}
    assert one.here() == two.here() == presence.here_user_ids() == set()
    assert presence.online_count(site.now) == 0


async def test_a_user_who_begins_to_appear_offline_has_left(site, one, two):
    one.opened(ALICE, site.now)
    await site.run(2)
    one.hide(ALICE, True)
    log = await site.run(5)
    assert [what for _, *what in log["two"]] == [[[], [], [ALICE]]]
    one.hide(ALICE, False)
    log = await site.run(2)
    assert [what for _, *what in log["two"]] == [[[ALICE], [], []]]


async def test_use_of_a_closed_socket_is_ignored(site, one):
    one.opened(ALICE, site.now)
    one.closed(ALICE, site.now)
    one.used(ALICE, site.now)
    assert await site.run(5) == {"one": []}
    assert presence.here_user_ids() == set()
