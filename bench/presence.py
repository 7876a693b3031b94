"""The cost of knowing which users are online: `python -m bench.presence [people ...]`.

Measures ours and in turn the recipe's overlapping sets with SUNION, one sorted set, a cache key for
each user (as in Django snippets), and our table on SQLite. Every user was marked in two of the last
five minutes. Times are medians in microseconds for the Python caller. A page has 100 users,
is_online checks 50. Memory is in bytes per user, of Redis or of the file.
"""

import random
import sys
import time
from collections.abc import Iterator
from functools import partial
from statistics import median

from bench import site
from bench.tables import show

SIZES = [10_000, 100_000, 1_000_000]
PAGE = 100  # people
ASKED = 50  # people
BATCH = 1000  # people
RUNS = 1000
SECONDS_PER_FIGURE = 3


def main(sizes: list[int]) -> None:
    valkey = site.prepare(ONLINE_LAST_MINUTES="5")
    try:
        rows = [row for people in sizes for row in measure_all(people)]
    finally:
        site.clean_up(valkey)
    show(rows)


def measure_all(people: int) -> Iterator[dict]:
    from bench import presence_peers as peers

    for peer in (peers.Ours, peers.Recipe, peers.SortedSet, peers.CacheKeys, peers.Table):
        yield measure(peer(people, now=time.time()))


def measure(peer) -> dict:
    peer.clear()
    before = peer.bytes()
    for earlier in (2, 1):
        for ids in batches(peer.people):
            peer.load(ids, peer.now - 60 * (earlier + ids[0] // BATCH % 3))
    memory = peer.bytes() - before
    asked = random.sample(range(1, peer.people + 1), ASKED)
    assert peer.count() == peer.people
    assert len(peer.page()) >= PAGE
    assert len(peer.is_online(asked)) == ASKED
    return {
        "people": peer.people,
        "what": peer.name,
        "bytes": round(memory / peer.people),
        "mark": timed(lambda: peer.mark(random.randint(1, peer.people))),
        "count": timed(peer.count),
        "page": timed(peer.page),
        "is_online": timed(partial(peer.is_online, asked)),
    }


def batches(people: int) -> Iterator[list[int]]:
    for first in range(1, people + 1, BATCH):
        yield list(range(first, min(first + BATCH, people + 1)))


def timed(call) -> int:
    runs: list[float] = []
    deadline = time.perf_counter() + SECONDS_PER_FIGURE
    while not runs or (len(runs) < RUNS and time.perf_counter() < deadline):
        began = time.perf_counter()
        call()
        runs.append(time.perf_counter() - began)
    return round(median(runs) * 1e6)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
