"""Posts messages: the only entry point for the WebSocket, the API and the form.

If this process has a hub, posts of one moment are written in one transaction.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chat import database
from chat.events import local
from chat.exceptions import ChatError, Unavailable
from chat.services import post_batch, posts
from chat.services.posts import Post, PostResult


def post(
    user,
    room_id: int,
    client_id: UUID,
    body: str,
    reply_to: int | None = None,
    parts: Sequence[dict[str, Any]] = (),
) -> PostResult:
    """Writes a message and returns the result. Raises a ChatError.

    `parts` come from nested apps, which have checked them. A message with parts needs no body. A
    repeated `client_id` returns the first message.
    """
    new = new_post(user, room_id, client_id, body, reply_to, parts)
    hub = local.current()
    # Within a transaction of the caller, the batch and the caller would wait for each other.
    if hub is not None and not database.connection().in_atomic_block:
        posts.render([new])  # in this thread, to keep the threads of the loop free
        return hub.write(new)
    (result,) = post_batch.write([new])
    if isinstance(result, ChatError):
        raise result
    return result


def submit(
    user, room_id: int, client_id: UUID, body: str, reply_to: int | None = None
) -> "asyncio.Future[PostResult]":
    """Posts as `post` does, but does not wait. Call it on the thread of this process's hub. Raises
    a ChatError if the body is invalid; any later error is the future's exception, a ChatError
    too."""
    hub = local.current()
    if hub is None:
        raise Unavailable
    return hub.submit(new_post(user, room_id, client_id, body, reply_to))


def new_post(
    user,
    room_id: int,
    client_id: UUID,
    body: str,
    reply_to: int | None,
    parts: Sequence[dict[str, Any]] = (),
) -> Post:
    body = posts.clean_body(body) if body.strip() or not parts else ""
    return Post(user, room_id, client_id, body, reply_to, parts, html=None if body else "")
