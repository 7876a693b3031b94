"""Limits how often somebody may fail to sign in.

An attempt reserves a place before the password is checked, and releases it if the password was
right. So only failures count, and many wrong passwords at the same moment get no further than one
after the other. An attempt waits while attempts in progress have reserved the last places.

There are two counts. This process has an exact one. The cache has one for all processes, which is
read before an attempt and written after a failure. While Redis is away, only the first one counts.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Condition

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from chatsite.accounts.exceptions import TooManyFailures
from chatsite.accounts.models import User, normalized_login
from chatsite.ops.rate_limits import address_of

KEYS_MAX = 20_000  # about 10 MB
WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Limit:
    failures: int
    seconds: int


# A stranger who fails on purpose cannot lock out the owner on other networks, so this limit is low.
ACCOUNT_FROM_NETWORK = Limit(5, 300)
# This limit stops an attacker who uses many addresses. It is high, because it also locks the owner
# out, until an hour is over or the password is reset.
ACCOUNT = Limit(100, 3600)
NETWORK = Limit(30, 60)  # such as an office
# A code is short. An attempt needs the password first, so a stranger cannot lock the owner out.
TWO_FACTOR = Limit(5, 300)

Limits = Mapping[str, Limit]


class Failures:
    """The failures of this process: the times of the last ones of each key, by time.monotonic()."""

    def __init__(self, keys_max: int = KEYS_MAX) -> None:
        self.keys_max = keys_max
        # Ordered by the latest failure, the oldest first.
        self.failure_times: OrderedDict[str, deque[float]] = OrderedDict()
        self.in_progress: Counter[str] = Counter()
        self.changed = Condition()

    def reserve(self, limits: Limits, now: float | None = None) -> bool:
        """Reserves a place for each key. Returns False if a limit is reached."""
        with self.changed:
            self.changed.wait_for(lambda: not self._must_wait(limits, now), WAIT_SECONDS)
            if not self._has_place(limits, now):
                return False
            self.in_progress.update(limits.keys())
            return True

    def release(self, limits: Limits, failed: bool, now: float | None = None) -> None:
        with self.changed:
            self.in_progress -= Counter(limits.keys())
            for key, limit in limits.items() if failed else ():
                self._record(key, limit, time.monotonic() if now is None else now)
            self.changed.notify_all()

    def reset(self, keys: Limits) -> None:
        with self.changed:
            for key in keys:
                self.failure_times.pop(key, None)

    def clear(self) -> None:
        with self.changed:
            self.failure_times.clear()

    def _must_wait(self, limits: Limits, now: float | None) -> bool:
        is_reached = any(
            self._count(key, limits[key], now) >= limits[key].failures for key in limits
        )
        return not is_reached and not self._has_place(limits, now)

    def _has_place(self, limits: Limits, now: float | None) -> bool:
        return all(
            self._count(key, limit, now) + self.in_progress[key] < limit.failures
            for key, limit in limits.items()
        )

    def _count(self, key: str, limit: Limit, now: float | None) -> int:
        since = (time.monotonic() if now is None else now) - limit.seconds
        return sum(at > since for at in self.failure_times.get(key, ()))

    def _record(self, key: str, limit: Limit, now: float) -> None:
        self.failure_times.setdefault(key, deque(maxlen=limit.failures)).append(now)
        self.failure_times.move_to_end(key)
        while len(self.failure_times) > self.keys_max:
            self.failure_times.popitem(last=False)


failures = Failures()


@dataclass(slots=True)
class Attempt:
    failed: bool = False


@contextmanager
def attempt(limits: Limits) -> Iterator[Attempt]:
    """Reserves a place for the block, which sets `failed`. An exception is not a failure. Raises
    TooManyFailures."""
    if not settings.RATE_LIMITS:
        limits = {}
    if is_reached_in_cache(limits) or not failures.reserve(limits):
        raise TooManyFailures
    outcome = Attempt()
    try:
        yield outcome
    finally:
        failures.release(limits, outcome.failed)
        if outcome.failed:
            count_in_cache(limits)


def sign_in_limits(request: HttpRequest, login: str) -> dict[str, Limit]:
    """Returns the limits of a sign-in. A username and the addresses of its account count
    together."""
    user = User.objects.by_login(login)
    unknown = sha256(normalized_login(login).encode()).hexdigest()
    return limits_of(request, f"name/{unknown}" if user is None else f"user/{user.pk}")


def limits_of(request: HttpRequest, account: str) -> dict[str, Limit]:
    network = address_of(request)
    return {
        f"{account}/{network}": ACCOUNT_FROM_NETWORK,
        account: ACCOUNT,
        f"network/{network}": NETWORK,
    }


def two_factor_limits(user: User) -> dict[str, Limit]:
    return {f"second-step/{user.pk}": TWO_FACTOR}


def reset(request: HttpRequest, user: User) -> None:
    """Forgets the failures of an account whose password was reset, so that the owner can sign
    in."""
    limits = limits_of(request, f"user/{user.pk}")
    limits.popitem()  # the limit of the network stays
    failures.reset(limits)
    cache.delete_many([cache_key(key, limit) for key, limit in limits.items()])


def is_reached_in_cache(limits: Limits) -> bool:
    keys = {cache_key(key, limit): limit for key, limit in limits.items()}
    counts = cache.get_many(keys) or {}
    return any(counts[key] >= limit.failures for key, limit in keys.items() if key in counts)


def count_in_cache(limits: Limits) -> None:
    for key, limit in limits.items():
        shared = cache_key(key, limit)
        cache.add(shared, 0, limit.seconds)
        with suppress(ValueError):  # it has just expired
            cache.incr(shared)


def cache_key(key: str, limit: Limit) -> str:
    return f"failures/{int(time.time()) // limit.seconds}/{key}"
