"""Counts what names use of their limits: in this process exactly, in all of them within a second.

The generic cell rate algorithm (ITU-T I.371) keeps one number for each name, its theoretical
arrival time (tat): the moment from which nothing counts as used. Nobody waits for Redis. Once a
second a thread reports in one round trip what was used here, and learns what was used elsewhere.
What a name gets out of several processes in that second it pays back by waiting longer. While Redis
is away each process counts alone.
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
REPORTED_FROM_SECONDS = 1.0  # what is less takes no longer than an exchange to be whole again
NAMES_MAX = 100_000  # 20 MB
ROUNDING_SECONDS = 1e-6
KEY = "chat-limits"  # the one key that chat has in Redis
EXCHANGE = Path(__file__).with_suffix(".lua").read_text()
EXCHANGE_SHA = sha1(EXCHANGE.encode(), usedforsecurity=False).hexdigest()

outage = Outage("each process counts alone what its users do")


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
        """Charges every name in `limits` and returns 0. If one has not that much left, charges none
        and returns the seconds until it has. A cost above a burst needs the whole burst."""
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
        """Names that have nothing used."""
        for name in [name for name, tat in self.tats.items() if tat <= now]:
            self._drop(name)

    def _drop_least_used(self) -> None:
        """The half that has used the most stays. To drop many at once keeps the cost of one low."""
        least_first = sorted(self.tats, key=self.tats.__getitem__)
        for name in least_first[: -self.names_max // 2]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self.tats[name]
        self.unreported.pop(name, None)


def exchange_reports(reports: list[tuple[str, float, float]]) -> dict[str, float]:
    """{name: seconds until its tat}; empty while Redis is away."""
    if outage.should_skip():
        return {}
    values = [value for report in reports for value in report]
    with outage:
        try:
            answers = client().evalsha(EXCHANGE_SHA, 1, KEY, *values)
        except NoScriptError:
            answers = client().eval(EXCHANGE, 1, KEY, *values)
        return {name: float(left) for (name, *_), left in zip(reports, answers, strict=True)}
    return {}
