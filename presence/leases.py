"""Who has a socket open, as Redis knows it: each server process holds a lease that lapses with it.

Somebody's state is HERE, or AWAY where no socket of theirs was used for a while. The async
functions are for the processes that hold leases, the others for everybody else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from presence import keys
from presence.batches import batched
from presence.connection import aclient, client, unless_away

HERE, AWAY = "h", "a"
LEASE_SECONDS = 45  # by Redis' clock, from the last renewal
PEOPLE_PER_COMMAND = 1000


@dataclass
class Renewed:
    size: int  # people in our own lease
    servers: set[str]
    sizes: dict[str, int]  # peer -> people in its lease


def states(user_ids: Iterable[int]) -> dict[int, str]:
    """Of those among them who have a socket open."""
    found: dict[int, str] = {}
    for ids in batched(user_ids, PEOPLE_PER_COMMAND):
        merge(found, states_of(ids))
    return found


@unless_away(dict)
def states_of(user_ids: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    pipeline = client().pipeline(transaction=False)
    for server in servers():
        pipeline.hmget(keys.lease(server), user_ids)
    for values in pipeline.execute():
        merge(found, {u: state for u, state in zip(user_ids, values, strict=True) if state})
    return found


@unless_away(dict)
def all_states() -> dict[int, str]:
    found: dict[int, str] = {}
    for server in servers():
        for user_id, state in client().hscan_iter(keys.lease(server), count=PEOPLE_PER_COMMAND):
            merge(found, {int(user_id): state})
    return found


def servers() -> set[str]:
    return cast(set[str], client().smembers(keys.SERVERS))


def merge(found: dict[int, str], more: Mapping[int, str]) -> None:
    """Here in one process is here."""
    for user_id, state in more.items():
        if found.get(user_id) != HERE:
            found[user_id] = state


@unless_away(lambda: None)
async def renew(
    server: str, changed: Mapping[int, str | None], has_people: bool, peers: list[str]
) -> Renewed | None:
    """Writes what changed (None: left) in one round trip. None where Redis is away."""
    pipeline = aclient().pipeline(transaction=False)
    write(pipeline, keys.lease(server), changed)
    if has_people:
        pipeline.sadd(keys.SERVERS, server)
    pipeline.expire(keys.SERVERS, LEASE_SECONDS)
    pipeline.smembers(keys.SERVERS)
    for each in [server, *peers]:
        pipeline.hlen(keys.lease(each))
    answers = await pipeline.execute()
    present, size, *sizes = answers[-len(peers) - 2 :]
    return Renewed(size, present, dict(zip(peers, sizes, strict=True)))


@unless_away(bool)
async def rewrite(server: str, people: Mapping[int, str]) -> bool:
    """In one transaction, so that nobody seems to leave meanwhile. False where Redis is away."""
    pipeline = aclient().pipeline(transaction=True)
    unlink(pipeline, keys.lease(server))
    write(pipeline, keys.lease(server), people)
    await pipeline.execute()
    return True


def unlink(pipeline, lease: str) -> None:
    """By its name, as the method of a cluster's pipeline does something else."""
    pipeline.execute_command("UNLINK", lease)


def write(pipeline, lease: str, changed: Mapping[int, str | None]) -> None:
    left = [user_id for user_id, state in changed.items() if state is None]
    for user_ids in batched(left, PEOPLE_PER_COMMAND):
        pipeline.hdel(lease, *user_ids)
    there = [(user_id, state) for user_id, state in changed.items() if state is not None]
    for pairs in batched(there, PEOPLE_PER_COMMAND):
        pipeline.hset(lease, mapping=dict(pairs))
    pipeline.expire(lease, LEASE_SECONDS)


@unless_away(lambda: None)
async def read(server: str) -> dict[int, str] | None:
    """None where Redis is away."""
    scan = aclient().hscan_iter(keys.lease(server), count=PEOPLE_PER_COMMAND)
    return {int(user_id): state async for user_id, state in scan}


@unless_away(bool)
async def forget(servers: list[str]) -> None:
    """They are gone, or have nobody; whoever has somebody after all says so every second."""
    if servers:
        await aclient().srem(keys.SERVERS, *servers)


@unless_away(bool)
async def drop(server: str) -> None:
    pipeline = aclient().pipeline(transaction=False)
    unlink(pipeline, keys.lease(server))
    pipeline.srem(keys.SERVERS, server)
    await pipeline.execute()
