"""Posting: the one way for a message into a room, from the WebSocket, the API and the form.

Where this process has a hub, posts of one moment are written in one transaction.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

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
    """`parts`: of nested apps, which have checked them. A message with parts needs no body. Raises
    a ChatError. The same client_id again gives the first message again."""
    new = new_post(user, room_id, client_id, body, reply_to, parts)
    hub = local.current()
    # A transaction of the caller's would keep the batch waiting, and the caller with it.
    if hub is not None and not connection.in_atomic_block:
        posts.render([new])  # in this thread, so that the loop's do not wait
        return hub.write(new)
    (result,) = post_batch.write([new])
    if isinstance(result, ChatError):
        raise result
    return result


def submit(
    user, room_id: int, client_id: UUID, body: str, reply_to: int | None = None
) -> "asyncio.Future[PostResult]":
    """As `post`, on the thread of this process's hub, without waiting: the future's error is a
    ChatError. Raises one at once where the body cannot be posted."""
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
