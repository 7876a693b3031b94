"""Records who has an open socket. Each server process has a lease in Redis, which expires if it
ends.

A user's state is HERE, or AWAY if none of their sockets was used for a while. The async functions
are for the processes that hold leases, the others for all processes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from presence import conf, keys, primary_key
from presence.batches import batched
from presence.connection import aclient, client, empty_if_away
from presence.primary_key import UserId, text
from presence.scripts import Script

HERE, AWAY = "h", "a"
REWRITE_LEASE = Script(Path(__file__).with_name("rewrite_lease.lua"))
LEASE_SECONDS = 45  # by Redis' clock, from the last renewal
USERS_PER_COMMAND = 1000


@dataclass
class Renewed:
    size: int  # users in the process's own lease
    servers: set[str]
    sizes: dict[str, int]  # peer -> users in its lease


def states(user_ids: Iterable[UserId]) -> dict[UserId, str]:
    """Returns {user id: state} of those of `user_ids` who have an open socket."""
    found: dict[UserId, str] = {}
    for ids in batched(user_ids, USERS_PER_COMMAND):
        merge(found, states_of(ids))
    return found


@empty_if_away(dict)
def states_of(user_ids: list[UserId]) -> dict[UserId, str]:
    if not (found := servers()):
        return {}
    pipeline = client().pipeline(transaction=False)
    add_reads(pipeline, found, user_ids)
    return states_in(user_ids, pipeline.execute())


@empty_if_away(dict)
def all_states() -> dict[UserId, str]:
    found: dict[UserId, str] = {}
    decode = primary_key.decoder()
    for server in servers():
        for user_id, state in client().hscan_iter(keys.lease(server), count=USERS_PER_COMMAND):
            merge(found, {decode(user_id): text(state)})
    return found


async def astates(user_ids: Iterable[UserId]) -> dict[UserId, str]:
    found: dict[UserId, str] = {}
    for ids in batched(user_ids, USERS_PER_COMMAND):
        merge(found, await astates_of(ids))
    return found


@empty_if_away(dict)
async def astates_of(user_ids: list[UserId]) -> dict[UserId, str]:
    if not (found := await aservers()):
        return {}
    pipeline = aclient().pipeline(transaction=False)
    add_reads(pipeline, found, user_ids)
    return states_in(user_ids, await pipeline.execute())


@empty_if_away(dict)
async def aall_states() -> dict[UserId, str]:
    found: dict[UserId, str] = {}
    for server in await aservers():
        merge(found, await read_lease(server))
    return found


def only_away(states: Mapping[UserId, str]) -> set[UserId]:
    return {user_id for user_id, state in states.items() if state == AWAY}


def servers() -> set[str]:
    if not conf.has_redis():
        return set()
    return set(map(text, client().smembers(keys.SERVERS)))


async def aservers() -> set[str]:
    if not conf.has_redis():
        return set()
    return set(map(text, await aclient().smembers(keys.SERVERS)))


def add_reads(pipeline: Any, servers: Iterable[str], user_ids: list[UserId]) -> None:
    encoded = list(primary_key.encode(user_ids))
    for server in servers:
        pipeline.hmget(keys.lease(server), encoded)


def states_in(user_ids: list[UserId], replies: list[list]) -> dict[UserId, str]:
    """Returns the states in the replies to `add_reads`."""
    found: dict[UserId, str] = {}
    for values in replies:
        merge(found, {u: text(state) for u, state in zip(user_ids, values, strict=True) if state})
    return found


def merge(found: dict[UserId, str], more: Mapping[UserId, str]) -> None:
    """Adds the states in `more`. A user who is here in one process is here."""
    for user_id, state in more.items():
        if found.get(user_id) != HERE:
            found[user_id] = state


@empty_if_away(lambda: None)
async def renew(
    server: str, changed: Mapping[UserId, str | None], has_users: bool, peers: list[str]
) -> Renewed | None:
    """Renews the lease and writes the changed states (None: left) in one round trip. Returns None
    if Redis is away."""
    pipeline = aclient().pipeline(transaction=False)
    write(pipeline, keys.lease(server), changed)
    if has_users:
        pipeline.sadd(keys.SERVERS, server)
    pipeline.expire(keys.SERVERS, LEASE_SECONDS)
    pipeline.smembers(keys.SERVERS)
    for each in [server, *peers]:
        pipeline.hlen(keys.lease(each))
    replies = await pipeline.execute()
    registered, size, *sizes = replies[-len(peers) - 2 :]
    return Renewed(size, set(map(text, registered)), dict(zip(peers, sizes, strict=True)))


@empty_if_away(bool)
async def rewrite(server: str, users: Mapping[UserId, str]) -> bool:
    """Replaces the whole lease, so that nobody seems to leave. Returns False if Redis is away."""
    pairs = zip(primary_key.encode(users), users.values(), strict=True)
    call = [1, keys.lease(server), LEASE_SECONDS, *chain.from_iterable(pairs)]
    await REWRITE_LEASE.arun([call])
    return True


def unlink(pipeline, lease: str) -> None:
    """Deletes the lease. Sends the command by name, because the method of a cluster's pipeline does
    something else."""
    pipeline.execute_command("UNLINK", lease)


def write(pipeline, lease: str, changed: Mapping[UserId, str | None]) -> None:
    states = dict(zip(primary_key.encode(changed), changed.values(), strict=True))
    left = [user_id for user_id, state in states.items() if state is None]
    for user_ids in batched(left, USERS_PER_COMMAND):
        pipeline.hdel(lease, *user_ids)
    present = [(user_id, state) for user_id, state in states.items() if state is not None]
    for pairs in batched(present, USERS_PER_COMMAND):
        pipeline.hset(lease, mapping=dict(pairs))
    pipeline.expire(lease, LEASE_SECONDS)


@empty_if_away(lambda: None)
async def read(server: str) -> dict[UserId, str] | None:
    """Returns {user id: state} of a lease, or None if Redis is away."""
    return await read_lease(server)


async def read_lease(server: str) -> dict[UserId, str]:
    scan = aclient().hscan_iter(keys.lease(server), count=USERS_PER_COMMAND)
    decode = primary_key.decoder()
    return {decode(user_id): text(state) async for user_id, state in scan}


@empty_if_away(bool)
async def unregister(servers: list[str]) -> None:
    """Removes servers without users. A server with users registers again every second."""
    if servers:
        await aclient().srem(keys.SERVERS, *servers)


@empty_if_away(bool)
async def release(server: str) -> None:
    pipeline = aclient().pipeline(transaction=False)
    unlink(pipeline, keys.lease(server))
    pipeline.srem(keys.SERVERS, server)
    await pipeline.execute()
