"""Every key that presence has in Redis. Each of them expires automatically.

In a cluster, the text in braces determines the slot of a key. All keys of one shard share a slot,
because one script writes several of them.
"""

from collections.abc import Iterable
from typing import Any

from presence import conf, primary_key
from presence.connection import is_cluster

SERVERS = "open-sockets/servers"  # set of the processes that hold a lease
# The maximum of fields in a hash. Redis stores hashes of up to 128 fields compactly.
USERS_PER_ACTIVITY_HASH = 100


def online_users(shard: int, minutes: Iterable[int]) -> list[str]:
    """Returns the keys of the sets: for each minute since 1970, the ids of users whose last
    activity was in it."""
    prefix = f"online-users/{tag(shard)}"
    return [f"{prefix}{minute}" for minute in minutes]


def user_activity(shard: int, encoded_ids: Iterable[Any]) -> list[str]:
    """Returns for each user the key of the second since 1970 of the last activity. For integers, it
    is the key of a hash of user id -> second."""
    prefix = f"user-activity/{tag(shard)}"
    if not primary_key.is_integer():
        return [f"{prefix}{user_id}" for user_id in encoded_ids]
    ids_per_hash = USERS_PER_ACTIVITY_HASH * shards()
    return [f"{prefix}{user_id // ids_per_hash}" for user_id in encoded_ids]


def lease(server: str) -> str:
    """Returns the key of the hash of user id -> state: the users with an open socket to that
    process."""
    return f"open-sockets/{{{server}}}"


def shards() -> int:
    return conf.get("SHARDS")


def tag(shard: int) -> str:
    may_be_cluster = conf.get("CLIENT") or is_cluster(conf.get("REDIS_URL"))
    return f"{{{shard}}}/" if shards() > 1 or may_be_cluster else ""
