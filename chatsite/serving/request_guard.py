"""Guards chatsite.asgi and chatsite.wsgi under any server: removes foreign data from requests, and
refuses requests from other machines while DEBUG is on."""

import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from django.conf import settings

from chatsite.ops import client_address

# The names that every WSGI server sets for each request, then those that depend on the request.
ALWAYS_SET = {
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "SERVER_SOFTWARE", "REMOTE_ADDR",
}  # fmt: skip
SOMETIMES_SET = {"CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_PORT"}
PREFIXES = ("HTTP_", "wsgi.")

DEBUG_REFUSAL = (
    "DEBUG is on, so this site is available at loopback addresses only."
    " Set DEBUG=False and SECRET_KEY to serve others."
)

logger = logging.getLogger(__name__)


def asgi(application: Callable) -> Callable:
    """Drops header names with an underscore, which would become the same META key as the names with
    a hyphen, and `Proxy`, which would become HTTP_PROXY."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if settings.DEBUG and not is_local_server(scope.get("server")):
            await refuse(scope, receive, send)
            return
        headers = scope.get("headers", ())
        if any(is_ambiguous(name) for name, _ in headers):
            unambiguous = [header for header in headers if not is_ambiguous(header[0])]
            scope = {**scope, "headers": unambiguous}
        await application(scope, receive, send)

    return guarded


def is_ambiguous(name: bytes) -> bool:
    return b"_" in name or name == b"proxy"


def is_local_server(address: Any) -> bool:
    """Returns whether the server of a connection is a loopback address or a Unix socket. `address`
    is the pair of an ASGI scope; some servers leave it out."""
    if not address or address[1] is None:
        return True
    return is_loopback(address[0])


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    logger.error(DEBUG_REFUSAL)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    elif scope["type"] == "http":
        headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": DEBUG_REFUSAL.encode()})


def wsgi(application: Callable) -> Callable:
    """Removes the environment of the process from requests. Some servers, such as granian and
    wsgiref, add it, so that secrets would be in stored or displayed data of a request."""
    inherited = {name: value for name, value in os.environ.items() if name not in ALWAYS_SET}

    def guarded(environ: dict[str, Any], start_response: Callable) -> Any:
        if settings.DEBUG and not is_loopback(environ["SERVER_NAME"]):
            logger.error(DEBUG_REFUSAL)
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [DEBUG_REFUSAL.encode()]
        return application(request_environ(environ, inherited), start_response)

    return guarded


def request_environ(environ: dict[str, Any], inherited: dict[str, str]) -> dict[str, Any]:
    """Returns the environ without inherited variables. A variable such as HTTP_PROXY has the name
    of a header; only its value distinguishes them."""

    def is_of_request(name: str, value: Any) -> bool:
        if name in ALWAYS_SET:
            return True
        is_known = name in SOMETIMES_SET or name.startswith(PREFIXES)
        return is_known and name != "HTTP_PROXY" and inherited.get(name) != value

    return {name: value for name, value in environ.items() if is_of_request(name, value)}


def is_loopback(host: str) -> bool:
    """Returns whether the address, or each address of the name, is loopback. False if the name
    cannot be resolved."""
    if (address := client_address.parse_address(host)) is not None:
        return address.is_loopback
    try:
        found = socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return False
    return all(is_loopback(str(address[0])) for *_, address in found)
