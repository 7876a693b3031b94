"""Charges users and addresses for what they do over sockets, the API and pages, in all processes.

table.py has the numbers, limiter.py counts.
"""

import math
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.text import format_lazy
from django.utils.translation import ngettext_lazy

from chat import conf
from chat.exceptions import RateLimited
from chat.rate_limits.limiter import Limiter
from chat.rate_limits.table import ADDRESS, LIMITS, PERSON, Limit
from chat.rendering.markdown import is_plain

MINUTE = 60  # seconds
PLAIN_COST = 1.0
CHARACTERS_PER_COST = 400  # of markup: they take at most as long as a plain post to render

limiter = Limiter()


def charge(
    name: str,
    user_id: Any = None,
    address: str | None = None,
    cost: float = 1.0,
    now: float | None = None,
) -> None:
    """Charges a user and an address, each unless it is None. Raises RateLimited.

    `name` is a name in LIMITS without its ending. `now` is in seconds of time.monotonic().
    """
    limits = {}
    if user_id is not None and (limit := get_limit(name + PERSON)):
        limits[f"{name}/person/{user_id}"] = limit
    if address is not None and (limit := get_limit(name + ADDRESS)):
        limits[f"{name}/address/{address}"] = limit
    if limits and (wait := limiter.charge(limits, cost, now)):
        raise too_fast(math.ceil(wait))


def too_fast(seconds: int) -> RateLimited:
    if seconds < 2 * MINUTE:
        number = seconds
        text = ngettext_lazy(
            "You are doing this too fast. Try again in {number} second.",
            "You are doing this too fast. Try again in {number} seconds.",
            number,
        )
    else:
        number = seconds // MINUTE
        text = ngettext_lazy(
            "You are doing this too fast. Try again in {number} minute.",
            "You are doing this too fast. Try again in {number} minutes.",
            number,
        )
    return RateLimited(format_lazy(text, number=number), seconds)


def charge_request(request: HttpRequest, name: str, cost: float = 1.0) -> None:
    """Charges the user and the address of a request. Raises RateLimited."""
    charge(name, request.user.pk, address_of(request), cost)


def get_limit(name: str) -> Limit | None:
    """Returns the limit of this setting; None if there is none."""
    default = LIMITS.get(name)
    if default is None or not conf.get("RATE_LIMITS"):
        return None
    per_minute = conf.configured().get(name, default.per_minute)
    if per_minute == default.per_minute:
        return default
    return default.scaled_to(per_minute) if per_minute > 0 else None


def cost_of(body: str) -> float:
    """Returns what it costs to render a body; a plain body costs PLAIN_COST."""
    return PLAIN_COST if is_plain(body) else PLAIN_COST + len(body) / CHARACTERS_PER_COST


def address_of(request: HttpRequest) -> str | None:
    """Returns the client's address from the function that the setting CLIENT_ADDRESS_FUNCTION names
    by its path, since only the project knows its proxies. Without the setting, returns None, and
    addresses are not limited."""
    path = conf.get("CLIENT_ADDRESS_FUNCTION")
    return import_string(path)(request) if path else None


def limited(name: str, *methods: str) -> Callable[[Callable], Callable]:
    """Decorates a view with a limit for its requests of these methods, or for POST. chat.middleware
    charges them."""

    def decorate(view: Callable) -> Callable:
        view.limits = dict.fromkeys(methods or ("POST",), name)  # type: ignore[attr-defined]
        return view

    return decorate
