"""Converts the time that callers pass in, and defines the window in which a user counts as
online."""

import time
from datetime import UTC, datetime

from presence import conf

Moment = datetime | float | None


def seconds(now: Moment) -> float:
    """Returns seconds since 1970."""
    if now is None:
        return time.time()
    return now.timestamp() if isinstance(now, datetime) else now


def minute(now: float) -> int:
    return int(now // 60)


def moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)


def window() -> int:
    """Returns the window in minutes."""
    return conf.get("ONLINE_LAST_MINUTES")


def window_start(now: float) -> int:
    """Returns the second since 1970 from which a marked user is online."""
    return (minute(now) - window() + 1) * 60
