"""Limits how often this process marks a user: not again within a few seconds."""

from threading import Lock

from presence.primary_key import UserId

MARK_AGAIN_SECONDS = 10


class MarkThrottle:
    def __init__(self) -> None:
        self.marked: dict[UserId, float] = {}  # user id -> when, the oldest first
        self.lock = Lock()

    def allow(self, user_id: UserId, now: float) -> bool:
        """Returns whether to mark the user now, and records that the caller does."""
        with self.lock:
            self._forget(now)
            if user_id in self.marked:
                return False
            self.marked[user_id] = now
            return True

    def clear(self) -> None:
        self.marked.clear()

    def _forget(self, now: float) -> None:
        while self.marked:
            oldest = next(iter(self.marked))
            if now - MARK_AGAIN_SECONDS < self.marked[oldest] <= now:
                break
            del self.marked[oldest]  # old, or in the future if the clock was set back


mark_throttle = MarkThrottle()
