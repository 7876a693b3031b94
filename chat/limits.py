"""How much one person, and everybody behind one address, may change in a minute: post, edit,
delete, react. Over a socket, the API and the form together, and in all processes: allowances.py."""

import math
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from chat.allowances import Allowances
from chat.exceptions import RateLimited

# Where the settings do not say otherwise; 0 is no limit.
DEFAULTS = {
    "CHANGES_PER_MINUTE": 600,
    "CHANGES_PER_MINUTE_AND_ADDRESS": 12_000,  # an office of hundreds is behind one address
}

allowances = Allowances()


def take_for(request: HttpRequest) -> None:
    """Raises RateLimited."""
    limited = limit("CHANGES_PER_MINUTE_AND_ADDRESS")
    take(request.user.pk, address_of(request) if limited else None)


def take(user_id: Any, address: str | None = None, now: float | None = None) -> None:
    """Raises RateLimited. `now` is of time.monotonic()."""
    limits = {f"person/{user_id}": limit("CHANGES_PER_MINUTE")}
    if address is not None:
        limits[f"address/{address}"] = limit("CHANGES_PER_MINUTE_AND_ADDRESS")
    limits = {name: changes for name, changes in limits.items() if changes}
    if limits and (wait := allowances.take(limits, now)):
        raise RateLimited("That was a lot at once. Wait a moment.", math.ceil(wait))


def limit(name: str) -> int:
    return getattr(settings, name, DEFAULTS[name])


def address_of(request: HttpRequest) -> str | None:
    """As the function finds it whose path is the setting CLIENT_ADDRESS: only the project knows of
    its proxies. Without it addresses are not limited."""
    path = getattr(settings, "CLIENT_ADDRESS", None)
    return import_string(path)(request) if path else None
