"""A message as protocol.md writes it, in both formats, encoded once."""

from typing import Any

import orjson

from chat.models import Message
from chat.rendering import message_html, parts

PREVIEW_CHARACTERS = 80


def message_data(message: Message) -> dict[str, Any]:
    """The JSON message. Needs `author` loaded."""
    return {
        "id": message.pk,
        "room": message.room_id,
        "seq": message.seq,
        "version": message.version,
        "client_id": str(message.client_id),
        "author": author(message.shown_author),
        "body": message.body,
        "html": message.html,
        "parts": parts.data(message) if message.parts else [],
        "reply_to": message.reply_to_id,
        "reactions": message.reactions,
        "created_at": message_html.stamp(message.created_at),
        "edited_at": message.edited_at and message_html.stamp(message.edited_at),
        "deleted": message.deleted,
    }


def author(user) -> dict[str, Any]:
    """`bot`: a program, where the project's user model knows of such. `id` is None if the account
    was deleted."""
    bot = getattr(user, "is_bot", False)
    return {
        "id": user.pk,
        "username": user.get_username(),
        "name": user.get_full_name(),
        "bot": bot,
    }


def room(room: Any) -> dict[str, Any]:
    """A Room or a RoomSummary in `hello` and `room` frames; `people`: the ids of a direct
    conversation's."""
    description = {
        "id": room.id,
        "kind": room.kind,
        "name": room.name,
        "head": room.head,
        "archived": room.is_archived,
    }
    if room.direct_key:
        description["people"] = [int(pk) for pk in room.direct_key.split(":")]
    return description


def message_frame(message: Message, html: bool) -> dict[str, Any]:
    """A `message` frame: with the row of the page (`html`), or with `data`."""
    return {
        "type": "message",
        "room": message.room_id,
        "id": message.pk,
        "seq": message.seq,
        "version": message.version,
        "client_id": str(message.client_id),
        "author": message.author_id,
        "deleted": message.deleted,
        **({"html": message_html.row(message)} if html else {"data": message_data(message)}),
    }


def change(message: Message) -> dict[str, Any]:
    """What every process is told of a changed message: both frames, encoded, and what an
    `activity` frame needs. The preview is of a new message only."""
    return {
        "id": message.pk,
        "client_id": str(message.client_id),
        "seq": message.seq,
        "version": message.version,
        "author": message.author_id,
        "name": message.shown_author.get_full_name(),
        "mentions": message.mentions,
        "recount": message.affects_counts,
        "preview": ""
        if message.version > message.seq
        else message_html.preview(message, PREVIEW_CHARACTERS),
        "html": encode(message_frame(message, html=True)),
        "json": encode(message_frame(message, html=False)),
    }


# Types of frames that nested apps send. A client that does not know one ignores it.
_declared: set[str] = set()


def declare(type: str) -> None:
    _declared.add(type)


def check_declared(frame: dict[str, Any]) -> None:
    if frame["type"] not in _declared:
        raise ValueError(f"No app declared frames of the type {frame['type']!r}.")


def encode(frame: dict[str, Any]) -> bytes:
    return orjson.dumps(frame, default=str)
