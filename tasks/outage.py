import threading
import time

from tasks.tough_logger import logger


class Outage:
    """One log line when Redis goes away and one when it is back, whoever notices."""

    def __init__(self) -> None:
        self.lock, self.since = threading.Lock(), 0.0

    def began(self, error: Exception) -> None:
        with self.lock:
            first, self.since = not self.since, self.since or time.monotonic()
        if first:
            logger.warning("Redis does not answer, waiting for it (%s)", error)

    def ended(self) -> None:
        if not self.since:
            return
        with self.lock:
            since, self.since = self.since, 0.0
        if since:
            logger.warning("Redis is back after %.1f s", time.monotonic() - since)
