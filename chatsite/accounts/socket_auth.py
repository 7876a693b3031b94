"""Identifies the user of a WebSocket at its handshake."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.cache import caches
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from chat.exceptions import HubStopped, RateLimited, Text
from chat.live import db_threads
from chat.live.hub import get_hub
from chat.protocol.close_codes import RESTART, SIGNED_OUT, TRY_AGAIN_LATER
from chat.rate_limits import limits
from chatsite.accounts import languages
from chatsite.accounts.exceptions import Refused
from chatsite.accounts.header_auth import Identity, identify_by_header, origin_check
from chatsite.accounts.models import User
from chatsite.accounts.session_auth import get_user
from chatsite.accounts.session_store import SessionStore
from chatsite.ops import client_address
from chatsite.ops.database_outage import is_away, outage
from chatsite.serving.error_pages import RETRY_SECONDS, TEXTS

NOT_FOUND = 4404


class SocketAuthMiddleware:
    """Sets scope["user"], scope["language"], scope["handshake"] and scope["auth"]: {"session_key",
    "token_id", "password", "scopes", "expires": aware datetime or None, "address"}.

    Responds with 403 if nobody is signed in, or if the handshake comes from another site's page.
    """

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        try:
            handshake = get_hub().registry.begin_handshake()
        except HubStopped:
            await receive()
            await refuse(
                scope, send, 503, _("The site is restarting. Try again in a moment."), RESTART
            )
            return
        try:
            found = await identify(scope)
            translation.activate(found["language"])  # of the errors that this connection gets
            await self.app({**scope, **found, "handshake": handshake}, receive, send)
        except Refused as refusal:
            await receive()  # the handshake; the response must come after it
            is_temporary = refusal.status in (429, 503)
            code = TRY_AGAIN_LATER if is_temporary else SIGNED_OUT
            status = refusal.status if is_temporary else 403
            await refuse(scope, send, status, refusal.text, code, refusal.retry_after)
        finally:
            handshake.end()


def request_of(scope) -> ASGIRequest:
    """Returns the handshake as an HTTP request, so that sockets follow the same rules."""
    request = http_request(scope)
    client_address.set_client_address(request)
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request


def http_request(scope) -> ASGIRequest:
    """Returns the request without its session."""
    scheme = {"ws": "http", "wss": "https"}[scope.get("scheme", "ws")]
    http = {**scope, "method": "GET", "scheme": scheme, "query_string": b""}
    return ASGIRequest(http, BytesIO())


async def identify(scope) -> dict[str, Any]:
    """Returns `user` and `auth`. Raises Refused. Costs one query if Redis has the session.

    Everything runs in a thread: a cache that is first used in the socket's own context would create
    a Redis client that lives as long as the socket.
    """
    if outage.refuses:
        raise unavailable()
    try:
        return await _identify_in_thread(scope)
    except (DatabaseError, InterfaceError) as error:
        if not is_away(error):
            raise
        outage.report(error)
        raise unavailable() from error


def unavailable() -> Refused:
    return Refused(TEXTS[503][1], status=503, retry_after=RETRY_SECONDS)


async def _identify_in_thread(scope) -> dict[str, Any]:
    if any(name == b"authorization" for name, _ in scope["headers"]):
        # Not in the threads that serve open sockets: checking a password takes 0.2 s.
        return await database_sync_to_async(_identify, thread_sensitive=False)(
            scope, identify_by_header
        )
    return await db_threads.run(_identify, scope, identify_by_session)


def _identify(scope, identify_user: Callable[[ASGIRequest], Identity]) -> dict[str, Any]:
    request = request_of(scope)
    address = limits.address_of(request)
    charge_handshake(address)
    if origin_check.is_foreign(request):
        raise Refused(_("Sockets from other sites are refused."))
    identity = identify_user(request)
    auth = {
        "session_key": identity.session_key,
        "token_id": identity.token_id,
        "password": identity.password,
        "scopes": identity.scopes,
        "expires": identity.expires,
        "address": address,
    }
    language = languages.of_person(identity.user) or languages.of_browser(request)
    return {"user": identity.user, "auth": auth, "language": language}


def charge_handshake(address: str | None) -> None:
    try:
        limits.charge("HANDSHAKES", address=address)
    except RateLimited as error:
        raise Refused(error.text, status=429, retry_after=error.retry_after) from None


def identify_by_session(request: ASGIRequest) -> Identity:
    user = get_user(request)
    if not isinstance(user, User):
        raise Refused(_("Sign in first."))
    session = cast(SessionStore, request.session)
    return Identity(user, session_key=session.session_key, expires=expiry(session))


def expiry(session: SessionStore, now: datetime | None = None) -> datetime:
    """Returns when the session ends if it is not saved again. Redis knows this; without Redis it is
    the latest possible time."""
    seconds = caches[settings.SESSION_CACHE_ALIAS].ttl(session.cache_key)  # type: ignore[attr-defined]
    seconds = seconds or session.get_expiry_age()
    return (now or timezone.now()) + timedelta(seconds=seconds)


async def refuse_unknown_path(scope, receive, send) -> None:
    """Refuses a handshake at any address except the socket's."""
    await receive()  # the handshake
    await refuse(scope, send, 404, _("This address does not exist."), NOT_FOUND)


async def refuse(
    scope, send, status: int, text: Text, code: int, retry_after: int | None = None
) -> None:
    """Sends the status, or the close code if the server cannot refuse a handshake. The text is in
    the language of the browser."""
    with translation.override(languages.of_browser(http_request(scope))):
        detail = str(text)
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code, "reason": detail})
        return
    headers = [(b"content-type", b"application/json")]
    if retry_after:
        headers.append((b"retry-after", str(retry_after).encode()))
    body = json.dumps({"detail": detail}).encode()
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
