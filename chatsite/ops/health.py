"""`/healthz`: this process responds. `/readyz`: everything that it needs works."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chatsite.ops.database_outage import outage
from chatsite.ops.redis_outage import PROBE_KEY, PROBE_KEY_SECONDS, name_of
from presence.connection import ERRORS, aconnect
from tasks.redis import keys

TIMEOUT_SECONDS = 2
# Counts the leases that have not expired, by the clock of Redis, which set them.
LIVE_LEASES_LUA = "return redis.call('ZCOUNT', KEYS[1], redis.call('TIME')[1], '+inf')"


class NoWorker(Exception):
    """No worker has renewed its lease lately."""


def middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Responds to /healthz before sessions and ALLOWED_HOSTS, because a probe often knows only the
    address of a process."""

    def respond(request: HttpRequest) -> HttpResponse:
        return healthz() if request.path_info == "/healthz" else get_response(request)

    return respond


def healthz() -> JsonResponse:
    return JsonResponse({"status": "ok"})


async def readyz(request: HttpRequest) -> JsonResponse:
    """Returns {"status": "ok", "database": "ok", …}, or 503 with the name of each error."""
    states = await asyncio.gather(*(check_state(check) for check in CHECKS.values()))
    good = all(state == "ok" for state in states)
    parts = dict(zip(CHECKS, states, strict=True))
    states_by_name = {"status": "ok" if good else "fails", **parts}
    response = JsonResponse(states_by_name, status=200 if good else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


async def check_state(check: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await check()
    except (DatabaseError, *ERRORS, NoWorker) as error:
        return name_of(error)
    return "ok"


def database() -> None:
    """Fails also while an outage is known, such as a write to a full disk."""
    if outage.is_on:
        raise OperationalError(outage.reason)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def redis_server() -> None:
    """Fails if Redis refuses writes."""
    async with aconnect(settings.REDIS_URL) as client:
        await client.set(PROBE_KEY, int(time.time()), ex=PROBE_KEY_SECONDS)


async def channel_layer() -> None:
    await get_channel_layer().group_send("readyz", {"type": "nobody.listens"})


async def worker() -> None:
    leases = keys.tag("default") + keys.LEASES
    async with aconnect(settings.REDIS_URL) as client:
        if not await client.eval(LIVE_LEASES_LUA, 1, leases):
            raise NoWorker


CHECKS = {
    "database": sync_to_async(database),
    "redis": redis_server,
    "channel_layer": channel_layer,
    "worker": worker,
}
