"""Parses and checks the client frames of protocol.md, with a clear error for invalid ones."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chat.exceptions import Invalid, TooLong
from chat.ids import is_id

FRAME_MAX_BYTES = 64 * 1024
NOT_AN_OBJECT = "Frames must be JSON objects."

Frame = dict[str, Any]


def whole(value: Any) -> int:
    if not is_id(value):
        raise ValueError("a whole number")
    return value


def whole_or_null(value: Any) -> int | None:
    return None if value is None else whole(value)


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def uuid(value: Any) -> UUID:
    try:
        return UUID(text(value))
    except ValueError:
        raise ValueError("a UUID") from None


Fields = dict[str, Callable[[Any], Any]]  # each returns a checked value or raises ValueError

# The fields of each client frame; those in OPTIONAL may be omitted.
FIELDS: dict[str, Fields] = {
    "open": {"room": whole, "since": whole_or_null},
    "close": {"room": whole},
    "post": {"room": whole, "client_id": uuid, "body": text, "reply_to": whole_or_null},
    "edit": {"message": whole, "body": text},
    "delete": {"message": whole},
    "react": {"message": whole, "emoji": text, "on": boolean},
    "typing": {"room": whole},
    "read": {"room": whole, "seq": whole},
    "counts": {"room": whole},
    "ping": {},
}
OPTIONAL = {"since", "reply_to"}


class AppFrame(NamedTuple):
    """A client frame of a nested app.

    `handle` is called in a thread with the user and the checked frame. It returns a frame to reply
    with, or None, and may raise a ChatError. `limit` is a name in rate_limits.table without its
    ending.
    """

    fields: Fields
    handle: Callable[[Any, Frame], Frame | None]
    limit: str = "CHANGES"


app_frames: dict[str, AppFrame] = {}


def register(type: str, frame: AppFrame) -> None:
    if type in FIELDS or type in app_frames:
        raise ValueError(
            f"Frames of the type {type!r} are already registered. Choose another type."
        )
    app_frames[type] = frame


def parse(text: str | None) -> Frame:
    """Returns the JSON object in `text`, which is None if the frame was binary. Raises Invalid or
    TooLong."""
    if text is None:
        raise Invalid("Frames must be text, not binary.")
    if len(text) > FRAME_MAX_BYTES:
        raise TooLong("Frames must not be longer than 64 KiB.")
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Invalid(NOT_AN_OBJECT) from None
    if not isinstance(frame, dict):
        raise Invalid(NOT_AN_OBJECT)
    return frame


def check(frame: Frame) -> Frame:
    """Returns the frame's known fields. Raises Invalid, with the name of the field, if one is
    missing or has a wrong type."""
    kind = frame.get("type")
    fields = fields_of(kind) if isinstance(kind, str) else None
    if fields is None:
        raise Invalid("The frame has an unknown type.")
    checked = {"type": kind}
    for name, validate in fields.items():
        if name not in frame and name not in OPTIONAL:
            raise Invalid(f"The frame has no {name}.")
        try:
            checked[name] = validate(frame.get(name))
        except ValueError as error:
            raise Invalid(f"{name} is not {error}.") from None
    return checked


def fields_of(type: str) -> Fields | None:
    if (frame := app_frames.get(type)) is not None:
        return frame.fields
    return FIELDS.get(type)
