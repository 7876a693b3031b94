"""One log line when Redis goes away instead of one per request."""

import logging
import time

QUIET_SECONDS = 60


class OncePerOutage(logging.Filter):
    """Passes the first record about Redis, then none until it has been quiet for QUIET_SECONDS."""

    last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("django_redis", "channels_redis")):
            return True
        now = time.monotonic()
        first, self.last = now - self.last > QUIET_SECONDS, now
        if first:
            record.msg, record.args = "Redis is out of reach; the site goes on without it.", ()
            record.exc_info = record.exc_text = None
        return first
