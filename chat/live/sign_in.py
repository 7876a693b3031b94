"""Reads how the user of a socket signed in, from what Channels' AuthMiddlewareStack adds."""

from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.utils.functional import LazyObject, empty

from chat.rate_limits import limits
from chat.services import sign_outs

Auth = dict[str, Any]


def read(scope: dict[str, Any], user: Any) -> Auth:
    """Returns the credentials as `Socket` describes them. It may read the session from the
    database."""
    auth: Auth = {"password": user.password, "address": address_of(scope)}
    if (session := scope.get("session")) is not None:
        auth["expires"] = session.get_expiry_date()
        if sign_outs.sessions_are_stored():
            auth["session_key"] = session.session_key
    return auth


def is_valid(user: Any, auth: Auth) -> bool:
    """Returns whether the sign-in has not ended since the middleware read it."""
    return all(
        key in set(sign_outs.VALID_KEY_QUERIES[kind]([key]))
        for kind, key in sign_outs.raw_keys(user, auth)
    )


def unwrap(user: Any) -> Any:
    """Returns the user itself: Channels wraps it, and its fields change while the socket is
    open."""
    if not isinstance(user, LazyObject):
        return user
    return None if user._wrapped is empty else user._wrapped


def address_of(scope: dict[str, Any]) -> str | None:
    http = {**scope, "type": "http", "method": "GET", "scheme": "http", "query_string": b""}
    return limits.address_of(ASGIRequest(http, BytesIO()))
