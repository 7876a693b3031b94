"""What is left of everybody's allowance, in this process exactly and in all of them soon.

The generic cell rate algorithm (ITU-T I.371): of each name one number is kept, the time at which
its allowance would be whole again. Nobody waits for Redis: about once a second, and only while
there is something to tell, a thread tells it in one round trip what was used here and hears what
was used elsewhere. What somebody gets out of several processes in that second they pay back by
waiting longer. While Redis is away each process goes on with what it knows.
"""

import time
from collections.abc import Mapping
from hashlib import sha1
from pathlib import Path
from threading import Lock, Timer

from redis.exceptions import NoScriptError

from presence.connection import Outage, client

MINUTE = 60.0  # seconds
EXCHANGE_SECONDS = 1.0
KEY = "chat-allowances"  # the one key that chat has in Redis
EXCHANGE = Path(__file__).with_suffix(".lua").read_text()
EXCHANGE_SHA = sha1(EXCHANGE.encode(), usedforsecurity=False).hexdigest()

outage = Outage("each process counts by itself who posts how much")


class Allowances:
    def __init__(self, exchange_seconds: float = EXCHANGE_SECONDS) -> None:
        self.exchange_seconds = exchange_seconds
        self.whole_at: dict[str, float] = {}  # by time.monotonic()
        self.used: dict[str, float] = {}  # seconds of an allowance that Redis was not told of
        self.timer: Timer | None = None
        self.lock = Lock()

    def take(self, limits: Mapping[str, int], now: float | None = None) -> float:
        """`limits`: name -> how many a minute. Takes one of each name's and answers 0; or none, and
        answers the seconds until there is one of each."""
        now = time.monotonic() if now is None else now
        with self.lock:
            whole = {
                name: max(self.whole_at.get(name, now), now) + MINUTE / limit
                for name, limit in limits.items()
            }
            if (wait := max(whole.values()) - now - MINUTE) > 0:
                return wait
            self.whole_at |= whole
            for name, limit in limits.items():
                self.used[name] = self.used.get(name, 0) + MINUTE / limit
            self._exchange_soon()
        return 0

    def exchange(self, now: float | None = None) -> None:
        now = time.monotonic() if now is None else now
        with self.lock:
            self.timer = None
            used, self.used = self.used, {}
            told = [(name, more, self.whole_at[name] - now) for name, more in used.items()]
        heard = exchanged(told) if told else {}
        with self.lock:
            for name, left in heard.items():
                whole = now + left + self.used.get(name, 0)
                self.whole_at[name] = max(self.whole_at.get(name, now), whole)
            self._forget(now)

    def clear(self) -> None:
        with self.lock:
            if self.timer is not None:
                self.timer.cancel()
            self.timer = None
            self.whole_at.clear()
            self.used.clear()

    def _exchange_soon(self) -> None:
        if self.timer is None:
            self.timer = Timer(self.exchange_seconds, self.exchange)
            self.timer.daemon = True
            self.timer.start()

    def _forget(self, now: float) -> None:
        """Those whose allowance is whole."""
        for name in [name for name, whole in self.whole_at.items() if whole <= now]:
            del self.whole_at[name]


def exchanged(told: list[tuple[str, float, float]]) -> dict[str, float]:
    """{name: seconds until whole}; empty while Redis is away."""
    if outage.holds_back():
        return {}
    values = [value for each in told for value in each]
    with outage:
        try:
            answers = client().evalsha(EXCHANGE_SHA, 1, KEY, *values)
        except NoScriptError:
            answers = client().eval(EXCHANGE, 1, KEY, *values)
        return {name: float(left) for (name, *_), left in zip(told, answers, strict=True)}
    return {}
