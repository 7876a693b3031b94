"""Whom this process has marked in the last seconds, so that it need not say it again."""

from threading import Lock

MARK_AGAIN_SECONDS = 10


class Recent:
    def __init__(self) -> None:
        self.marked: dict[int, float] = {}  # user id -> when, the oldest first
        self.lock = Lock()

    def due(self, user_id: int, now: float) -> bool:
        """Whether to mark them now; who asks does it."""
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
            del self.marked[oldest]  # long ago, or after a clock's step back in the future


recent = Recent()
