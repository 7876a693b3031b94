"""Which users this process has marked in the last seconds. They are not marked again so soon."""

from threading import Lock

MARK_AGAIN_SECONDS = 10


class MarkThrottle:
    def __init__(self) -> None:
        self.marked: dict[int, float] = {}  # user id -> when, the oldest first
        self.lock = Lock()

    def allow(self, user_id: int, now: float) -> bool:
        """Returns whether to mark the user now, and assumes that the caller does."""
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
            del self.marked[oldest]  # old, or of the future if the clock was set back


mark_throttle = MarkThrottle()
