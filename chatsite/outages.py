"""One log line when Redis goes away and one when it is back, instead of one per request."""

import logging
import threading
import time

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)


class OncePerOutage(logging.Filter):
    """For the libraries that log every failure. Our own apps say themselves what they do without
    Redis."""

    def __init__(self) -> None:
        super().__init__()
        self.away = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if not is_about_redis(record):
            return True
        if not self.away.acquire(blocking=False):
            return False
        threading.Thread(target=self.wait, daemon=True).start()
        record.msg, record.args = "Redis is out of reach; the site goes on without it.", ()
        record.exc_info = record.exc_text = None
        return True

    def wait(self) -> None:
        while not answers():
            time.sleep(RETRY_SECONDS)
        self.away.release()
        logger.warning("Redis is back.")


def is_about_redis(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    cause = error.__cause__ or error if error else None
    libraries = ("django_redis", "channels_redis")
    lost = isinstance(cause, redis.ConnectionError | redis.TimeoutError)
    return lost and record.name.startswith(libraries)


def answers() -> bool:
    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, retry=once) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
