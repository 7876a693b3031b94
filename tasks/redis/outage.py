"""Logs outages of Redis."""

import functools
import threading
import time
from collections.abc import Callable

from ..logger import logger
from .client import describe_error


class Outage:
    """Logs one line when Redis goes away or refuses a command, and one when it is back."""

    def __init__(self) -> None:
        self.lock, self.since = threading.Lock(), 0.0

    def report_failure(self, error: Exception) -> None:
        with self.lock:
            first, self.since = not self.since, self.since or time.monotonic()
        if first:
            logger.warning("%s. Tasks wait until Redis is back", describe_error(error))

    def report_success(self) -> None:
        if not self.since:
            return
        with self.lock:
            since, self.since = self.since, 0.0
        if since:
            logger.warning("Redis is back after %.1f s", time.monotonic() - since)


@functools.cache
def get_outage(options: tuple[str | Callable | None, ...]) -> Outage:
    """Returns one outage per process: each thread has its own backend. `options` is as in
    `get_client`."""
    return Outage()
