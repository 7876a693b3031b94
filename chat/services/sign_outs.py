"""Closes open sockets in every process when the sign-in behind them ends.

The event may be lost. `recovery` then asks the database which sign-ins are still valid. The queries
for sessions and users are here. An app that adds another way to sign in adds its query to
VALID_KEY_QUERIES.
"""

import hashlib
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import SessionBase

from chat import users
from chat.events import events
from chat.protocol.close_codes import SIGNED_OUT


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


def raw_keys(user: Any, auth: dict[str, Any]) -> list[tuple[str, Any]]:
    """Returns the user and the credentials of a socket as pairs of kind and value."""
    named = ((kind, auth.get(name)) for kind, name in SIGNED_IN_BY.items())
    return [("user", user.pk), *((kind, value) for kind, value in named if value is not None)]


def sessions_are_stored() -> bool:
    """Returns whether the server stores sessions, and not a signed cookie."""
    return not issubclass(session_store(), signed_cookies.SessionStore)


def session_store() -> type[SessionBase]:
    return import_module(settings.SESSION_ENGINE).SessionStore


def valid_sessions(keys: list[str]) -> Iterable[str]:
    """Asks the table of sessions, or else the session engine of the project."""
    store: Any = session_store()
    if not hasattr(store, "get_model_class"):
        return [key for key in keys if store().exists(key)]
    sessions = store.get_model_class().objects
    return sessions.filter(session_key__in=keys).values_list("session_key", flat=True)


def current_passwords(hashes: list[str]) -> Iterable[str]:
    """Returns the hashes that are still somebody's password."""
    return users.active().filter(password__in=hashes).values_list("password", flat=True)


def active_users(ids: list[int]) -> Iterable[int]:
    return users.active().filter(pk__in=ids).values_list("pk", flat=True)


def deactivated_users(ids: list[int]) -> Iterable[int]:
    """Returns those whose sockets are closed with BANNED. A deleted user is not one of them."""
    return users.inactive().filter(pk__in=ids).values_list("pk", flat=True)


SIGNED_IN_BY = {"session": "session_key", "token": "token_id", "password": "password"}  # in `auth`
# Queries by kind. Each returns those of the given keys that are valid.
VALID_KEY_QUERIES: dict[str, Callable[[list[Any]], Iterable[Any]]] = {
    "user": active_users,  # first, since a deactivated user has their own close code
    "session": valid_sessions,
    "password": current_passwords,
}
