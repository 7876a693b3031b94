"""Closes open sockets in every process when the sign-in behind them ends.

The event may be lost. `recovery` then asks the database which sign-ins are still valid. The queries
for sessions and users are here. An app that adds another way to sign in adds its query to
VALID_KEY_QUERIES.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from chat.events import events
from chat.protocol.close_codes import BANNED, SIGNED_OUT


def end_session(session_key: str) -> None:
    events.ended(key("session", session_key), SIGNED_OUT)


def end_token(token_id: int) -> None:
    events.ended(("token", token_id), SIGNED_OUT)


def end_user(user_id: int, code: int = SIGNED_OUT) -> None:
    """Closes all sockets of a user. `code` is SIGNED_OUT, or BANNED, after which a browser does not
    reconnect."""
    events.ended(("user", user_id), code)


def key(kind: str, value: Any) -> tuple[str, Any]:
    """Returns the key that events use for a sign-in. Events pass through Redis, and a session key
    is a secret that signs its owner in, so it is hashed."""
    return kind, hashlib.sha256(value.encode()).hexdigest() if kind == "session" else value


def valid_sessions(keys: list[str]) -> Iterable[str]:
    return Session.objects.filter(session_key__in=keys).values_list("session_key", flat=True)


def active_users(ids: list[int]) -> Iterable[int]:
    users = get_user_model().objects.filter(pk__in=ids, is_active=True)
    return users.values_list("pk", flat=True)


# Queries by kind ("session", "user", "token"). Each returns those of the given keys that are valid.
VALID_KEY_QUERIES: dict[str, Callable[[list[Any]], Iterable[Any]]] = {
    "user": active_users,  # first, since it has its own close code
    "session": valid_sessions,
}


def close_code(kind: str) -> int:
    """Returns the close code for sockets whose sign-in of this kind is no longer valid."""
    return BANNED if kind == "user" else SIGNED_OUT
