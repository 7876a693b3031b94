"""Every key that presence has in Redis. All of them expire by themselves.

What stands in braces decides the slot of a cluster: one shard's buckets share one, since one script
moves people between them.
"""

from django.conf import settings

SERVERS = "open-sockets/servers"  # set of the processes that hold a lease


def bucket(shard: int, minute: int) -> str:
    """Hash of user id -> second of the minute: who was last seen in that minute."""
    return f"online-users/{{{shard}}}/{minute}"


def lease(server: str) -> str:
    """Hash of user id -> state: who has a socket open to that process."""
    return f"open-sockets/{{{server}}}"


def shards() -> int:
    return getattr(settings, "PRESENCE_SHARDS", 1)
