"""Every key that presence has in Redis. Each of them expires automatically.

In a cluster, the text in braces decides the slot of a key. All keys of one shard share a slot,
because one script writes several of them.
"""

from collections.abc import Iterable

from django.conf import settings

from presence.connection import is_cluster

SERVERS = "open-sockets/servers"  # set of the processes that hold a lease
# A hash has as many fields at most. Redis stores one of up to 128 fields compactly.
USERS_PER_ACTIVITY_HASH = 100


def online_users(shard: int, minutes: Iterable[int]) -> list[str]:
    """For each minute since 1970, the set of the ids of users who were last active in it."""
    prefix = f"online-users/{tag(shard)}"
    return [f"{prefix}{minute}" for minute in minutes]


def user_activity(shard: int, user_ids: Iterable[int]) -> list[str]:
    """For each user, the hash of user id -> second since 1970 of the last activity."""
    prefix, ids_per_hash = f"user-activity/{tag(shard)}", USERS_PER_ACTIVITY_HASH * shards()
    return [f"{prefix}{user_id // ids_per_hash}" for user_id in user_ids]


def lease(server: str) -> str:
    """Hash of user id -> state: who has a socket open to that process."""
    return f"open-sockets/{{{server}}}"


def shards() -> int:
    return getattr(settings, "PRESENCE_SHARDS", 1)


def tag(shard: int) -> str:
    return f"{{{shard}}}/" if shards() > 1 or is_cluster(settings.REDIS_URL) else ""
