"""How much one person may change in a minute: post, edit, delete, react.

Counted in this process, and not in Redis, which a post must not wait for: one process writes
thousands a second. So a person with sockets to n processes may do n times as much, which no flood
profits from. The algorithm is the generic cell rate algorithm (ITU-T I.371): of each person one
number is kept, the time at which their allowance would be whole again.
"""

import math
import time
from typing import Any

from django.conf import settings

from chat.exceptions import RateLimited

CHANGES_PER_MINUTE = 600
MINUTE = 60.0  # seconds
PEOPLE_KEPT = 10_000

whole_at: dict[Any, float] = {}  # by user id


def take(user_id: Any, now: float | None = None) -> None:
    """Raises RateLimited. The setting CHANGES_PER_MINUTE overrides ours; 0 is no limit."""
    limit = getattr(settings, "CHANGES_PER_MINUTE", CHANGES_PER_MINUTE)
    if not limit:
        return
    now = time.monotonic() if now is None else now
    whole = max(whole_at.get(user_id, now), now) + MINUTE / limit
    if (wait := whole - now - MINUTE) > 0:
        raise RateLimited("That was a lot at once. Wait a moment.", math.ceil(wait))
    if len(whole_at) >= PEOPLE_KEPT:
        forget(now)
    whole_at[user_id] = whole


def forget(now: float) -> None:
    """Those whose allowance is whole."""
    for user_id in [user_id for user_id, whole in list(whole_at.items()) if whole <= now]:
        whole_at.pop(user_id, None)
