"""Limits on API calls, for each person and for each address, counted in Redis by the minute.

A counter for each minute by the clock (INCR with EXPIRE), as Redis' documentation of INCR has it:
one round trip, and nobody has to wait longer than the minute lasts. While Redis is out of reach all
are let through. What people post: chat/limits.py; signing up and in: ACCOUNT_RATE_LIMITS.
"""

import time

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja.throttling import BaseThrottle

from presence.connection import Outage, client

MINUTE = 60  # seconds

outage = Outage("API calls are not limited")


class Throttle(BaseThrottle):
    """Of calls that are signed in."""

    def allow_request(self, request: HttpRequest) -> bool:
        return allows(request, request.user.pk)

    def wait(self) -> float:
        return seconds_left()


def allows(request: HttpRequest, user_id: int | None = None, now: float | None = None) -> bool:
    """Counts this request, for its address and, where it is signed in, for its person."""
    limit = settings.API_CALLS_PER_MINUTE_AND_ADDRESS
    address = address_of(request) if limit else None
    limits = {f"address/{address}": limit} if address is not None else {}
    if user_id is not None and settings.API_CALLS_PER_MINUTE:
        limits[f"person/{user_id}"] = settings.API_CALLS_PER_MINUTE
    counts = counted(list(limits), now) if limits else []
    return all(count <= limit for count, limit in zip(counts, limits.values(), strict=False))


def address_of(request: HttpRequest) -> str | None:
    """Of IPv6 the network of one household; None on a socket that has no addresses."""
    try:
        return get_ip(request)
    except PermissionDenied:
        return None


def counted(keys: list[str], now: float | None = None) -> list[int]:
    """How often each was counted in this minute; nothing while Redis is away."""
    if outage.holds_back():
        return []
    minute = int(time.time() if now is None else now) // MINUTE
    with outage:
        pipeline = client().pipeline(transaction=False)
        for key in keys:
            pipeline.incr(f"limits/{minute}/{key}")
            pipeline.expire(f"limits/{minute}/{key}", 2 * MINUTE)
        return pipeline.execute()[::2]
    return []


def seconds_left(now: float | None = None) -> int:
    """Of the minute that is being counted."""
    return MINUTE - int(time.time() if now is None else now) % MINUTE


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for whoever signs up, or in, too often."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(MINUTE)
    return response
