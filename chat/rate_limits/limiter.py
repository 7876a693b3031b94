"""Limits rates: exactly in this process, and within a second across all processes.

The generic cell rate algorithm (ITU-T I.371) keeps one number for each name, its theoretical
arrival time (tat): the moment at which nothing counts as used any more. No caller waits for Redis.
Once a second a thread reports in one round trip what was used here, and receives what was used
elsewhere. If a name uses several processes in that second, it has to wait longer afterwards. While
Redis is down, each process counts separately.
"""

import time
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path
from threading import Lock, Timer

from redis.exceptions import NoScriptError

from chat.rate_limits.table import Limit
from presence.connection import Outage, client

MINUTE = 60.0  # seconds
EXCHANGE_SECONDS = 1.0
REPORTED_FROM_SECONDS = 1.0  # less use than this expires before the next exchange
NAMES_MAX = 100_000  # 20 MB
ROUNDING_SECONDS = 1e-6
KEY = "chat-limits"  # the only key of chat in Redis
EXCHANGE = Path(__file__).with_suffix(".lua").read_text()
EXCHANGE_SHA = sha1(EXCHANGE.encode(), usedforsecurity=False).hexdigest()

outage = Outage("each process counts separately what its users do")


class Limiter:
    def __init__(
        self, exchange_seconds: float = EXCHANGE_SECONDS, names_max: int = NAMES_MAX
    ) -> None:
        self.exchange_seconds, self.names_max = exchange_seconds, names_max
        self.tats: dict[str, float] = {}  # by time.monotonic()
        self.unreported: dict[str, float] = {}  # seconds used that other processes do not know of
        self.timer: Timer | None = None
        self.lock = Lock()

    def charge(
        self, limits: Mapping[str, Limit], cost: float = 1.0, now: float | None = None
    ) -> float:
        """Charges every name in `limits` and returns 0. If one of them has less than `cost` left,
        charges none and returns the seconds to wait. A cost above the burst needs the full burst.
        `now` is in seconds of time.monotonic()."""
        now = time.monotonic() if now is None else now
        charged, wait = [], 0.0
        with self.lock:
            for name, (per_minute, burst) in limits.items():
                interval = MINUTE / per_minute
                tat = max(self.tats.get(name, now), now) + cost * interval
                wait = max(wait, tat - now - max(burst, cost) * interval)
                charged.append((name, tat, cost * interval))
            if wait > ROUNDING_SECONDS:
                return wait
            for name, tat, used in charged:
                self.tats[name] = tat
                self.unreported[name] = self.unreported.get(name, 0) + used
            if len(self.tats) > self.names_max:
                self._drop_least_used()
            self._exchange_soon()
        return 0

    def exchange(self, now: float | None = None) -> None:
        """Reports what was used in this process, and receives what was used in the others."""
        now = time.monotonic() if now is None else now
        with self.lock:
            self.timer = None
            used = {n: s for n, s in self.unreported.items() if s >= REPORTED_FROM_SECONDS}
            for name in used:
                del self.unreported[name]
            reports = [(name, more, self.tats[name] - now) for name, more in used.items()]
        learned = exchange_reports(reports) if reports else {}
        with self.lock:
            for name, left in learned.items():
                tat = now + left + self.unreported.get(name, 0)
                self.tats[name] = max(self.tats.get(name, now), tat)
            self._forget(now)

    def clear(self) -> None:
        with self.lock:
            if self.timer is not None:
                self.timer.cancel()
            self.timer = None
            self.tats.clear()
            self.unreported.clear()

    def _exchange_soon(self) -> None:
        if self.timer is None:
            self.timer = Timer(self.exchange_seconds, self.exchange)
            self.timer.daemon = True
            self.timer.start()

    def _forget(self, now: float) -> None:
        """Drops the names that have nothing used."""
        for name in [name for name, tat in self.tats.items() if tat <= now]:
            self._drop(name)

    def _drop_least_used(self) -> None:
        """Keeps the half of the names that used the most. To drop many together costs less."""
        least_first = sorted(self.tats, key=self.tats.__getitem__)
        for name in least_first[: -self.names_max // 2]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self.tats[name]
        self.unreported.pop(name, None)


def exchange_reports(reports: list[tuple[str, float, float]]) -> dict[str, float]:
    """Returns {name: seconds until its tat}; empty while Redis is down."""
    if outage.should_skip():
        return {}
    values = [value for report in reports for value in report]
    with outage:
        try:
            results = client().evalsha(EXCHANGE_SHA, 1, KEY, *values)
        except NoScriptError:
            results = client().eval(EXCHANGE, 1, KEY, *values)
        return {name: float(left) for (name, *_), left in zip(reports, results, strict=True)}
    return {}
