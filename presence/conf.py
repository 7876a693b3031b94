"""The settings of presence: `PRESENCE = {…}` in the project's settings, read at every access, so
that a test may change them."""

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "BACKEND": "presence.backends.redis.RedisPresence",
    "REDIS_URL": "redis://localhost:6379/0",  # or redis+cluster://host:port
    # Functions, or their paths, that return a client of redis-py in place of REDIS_URL:
    "CLIENT": None,
    "ACLIENT": None,  # redis.asyncio; called for each event loop
    "ONLINE_LAST_MINUTES": 5,  # minutes after their last activity that a user counts as online
    "SHARDS": 1,  # hash slots of a Redis Cluster that the marks are spread over
}


def get(name: str) -> Any:
    return getattr(settings, "PRESENCE", DEFAULTS).get(name, DEFAULTS[name])


def has_redis() -> bool:
    """Returns False for a project without Redis: one with another backend and no address."""
    given = getattr(settings, "PRESENCE", {})
    has_address = given.get("REDIS_URL") or given.get("CLIENT")
    return bool(has_address) or get("BACKEND") == DEFAULTS["BACKEND"]
