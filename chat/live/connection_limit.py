"""Limits how often a user can connect, and how many open sockets they have in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from chat import conf
from chat.exceptions import RateLimited
from chat.protocol.close_codes import TRY_AGAIN_LATER
from chat.rate_limits import limits

RETRY_SECONDS = 30
TOO_MANY = _("You have the chat open in too many windows. Close some of them.")

open_sockets: Counter[Any] = Counter()  # by user id


@contextmanager
def counted(user_id: Any) -> Iterator[None]:
    """Counts a socket while it is open. Raises RateLimited if the user has too many, or connects
    too often."""
    limits.charge("HANDSHAKES", user_id)
    limit = conf.get("SOCKETS_PER_PERSON")
    if 0 < limit <= open_sockets[user_id] and conf.get("RATE_LIMITS"):
        raise RateLimited(TOO_MANY, RETRY_SECONDS)
    open_sockets[user_id] += 1
    try:
        yield
    finally:
        open_sockets[user_id] -= 1
        if not open_sockets[user_id]:
            del open_sockets[user_id]


async def refuse(send: Any, error: RateLimited) -> None:
    """Accepts the socket, sends the error and closes it: a browser hides the response to a refused
    handshake from the page."""
    frame = error.frame()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": orjson.dumps(frame).decode()})
    await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
