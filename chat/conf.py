"""The settings of chat: the keys of `CHAT` in the project's settings.

The names in rate_limits/table.py are keys too, with calls per minute.

    CHAT = {"SITE_NAME": "Our chat", "SOCKETS_PER_PERSON": 20}
"""

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "SITE_NAME": "Chat",  # in titles and above the list of rooms
    "SITE_NAME_FUNCTION": None,  # the path of a function that returns the name, if it can change
    "ACCOUNT_URL": None,  # the name or address of the page of one's own account
    "SIGN_OUT_URL": "logout",  # the name or address that signs out by POST
    "RATE_LIMITS": True,  # False turns off all limits
    "SOCKETS_PER_PERSON": 50,  # in one process; 0 is no limit
    "CLIENT_ADDRESS_FUNCTION": None,  # the path of a function; None limits no addresses
}


def get(name: str) -> Any:
    """Returns the value of CHAT[name], or its default."""
    chosen = configured()
    return chosen[name] if name in chosen else DEFAULTS[name]


def configured() -> dict[str, Any]:
    return getattr(settings, "CHAT", None) or {}
