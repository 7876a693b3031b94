"""Builds the server frames of protocol.md, and encodes each message once per format."""

from typing import Any

import orjson

from chat import users
from chat.models import Message
from chat.rendering import message_html, parts
from presence.names import display_name

PREVIEW_CHARACTERS = 80


def message_data(message: Message) -> dict[str, Any]:
    """Returns the JSON message. Load its `author` before."""
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
    """Returns a user as frames have it. `bot` is true for a program, if the project's user model
    has `is_bot`. `id` is None if the account was deleted."""
    bot = getattr(user, "is_bot", False)
    return {
        "id": users.json_id(user.pk),
        "username": user.get_username(),
        "name": display_name(user),
        "bot": bot,
    }


def room(room: Any) -> dict[str, Any]:
    """Returns a Room or a RoomSummary as `hello` and `room` frames have it. `people` are the user
    ids of a direct conversation."""
    description = {
        "id": room.id,
        "kind": room.kind,
        "name": room.name,
        "head": room.head,
        "archived": room.is_archived,
    }
    if room.direct_key:
        description["people"] = sorted(map(users.json_id, users.split_ids(room.direct_key)))
    return description


def message_frame(message: Message, html: bool) -> dict[str, Any]:
    """Returns a `message` frame, with the HTML of its row or with its data."""
    return {
        "type": "message",
        "room": message.room_id,
        "id": message.pk,
        "seq": message.seq,
        "version": message.version,
        "client_id": str(message.client_id),
        "author": users.json_id(message.author_id),
        "deleted": message.deleted,
        **({"html": message_html.row(message)} if html else {"data": message_data(message)}),
    }


def change(message: Message) -> dict[str, Any]:
    """Returns a changed message as events have it: both frames, encoded, and the fields of an
    `activity` frame. Only a new message has a preview."""
    return {
        "id": message.pk,
        "client_id": str(message.client_id),
        "seq": message.seq,
        "version": message.version,
        "author": users.json_id(message.author_id),
        "name": display_name(message.shown_author),
        "mentions": message.mentions,
        "recount": message.affects_counts,
        "preview": ""
        if message.version > message.seq
        else message_html.preview(message, PREVIEW_CHARACTERS),
        "html": encode(message_frame(message, html=True)),
        "json": encode(message_frame(message, html=False)),
    }


# The types of frames that nested apps send. A client ignores an unknown type.
_declared: set[str] = set()


def declare(type: str) -> None:
    _declared.add(type)


def check_declared(frame: dict[str, Any]) -> None:
    if frame["type"] not in _declared:
        raise ValueError(
            f"No app declared frames of the type {frame['type']!r}. Call server_frames.declare."
        )


def encode(frame: dict[str, Any]) -> bytes:
    return orjson.dumps(frame, default=str)
