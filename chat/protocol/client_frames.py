"""Reading the frames of protocol.md: their types, and a clear error for everything else."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chat.exceptions import Invalid, TooLong
from chat.ids import is_id

FRAME_MAX_BYTES = 64 * 1024

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


Fields = dict[str, Callable[[Any], Any]]  # each reads a value, or raises ValueError

# The fields of each frame a client may send; those in OPTIONAL may be left out.
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
    """A frame of a nested app. `handle` gets the user and the checked frame, in a thread; it
    returns a frame to answer with, or None, and may raise a ChatError. `limit` is a name in
    rate_limits.table without its ending."""

    fields: Fields
    handle: Callable[[Any, Frame], Frame | None]
    limit: str = "CHANGES"


app_frames: dict[str, AppFrame] = {}


def register(type: str, frame: AppFrame) -> None:
    if type in FIELDS or type in app_frames:
        raise ValueError(f"There are frames of the type {type!r} already.")
    app_frames[type] = frame


def parse(text: str | None) -> Frame:
    """A JSON object; `text` is None where the frame was binary. Raises Invalid or TooLong."""
    if text is None:
        raise Invalid("A frame is text, not binary.")
    if len(text) > FRAME_MAX_BYTES:
        raise TooLong("A frame has at most 64 KiB.")
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Invalid("A frame is a JSON object.") from None
    if not isinstance(frame, dict):
        raise Invalid("A frame is a JSON object.")
    return frame


def check(frame: Frame) -> Frame:
    """The frame's known fields, each of its type. Raises Invalid, naming the field."""
    kind = frame.get("type")
    fields = fields_of(kind) if isinstance(kind, str) else None
    if fields is None:
        raise Invalid("The frame's type is not known.")
    checked = {"type": kind}
    for name, read in fields.items():
        if name not in frame and name not in OPTIONAL:
            raise Invalid(f"The frame lacks its {name}.")
        try:
            checked[name] = read(frame.get(name))
        except ValueError as error:
            raise Invalid(f"{name} is not {error}.") from None
    return checked


def fields_of(type: str) -> Fields | None:
    if (frame := app_frames.get(type)) is not None:
        return frame.fields
    return FIELDS.get(type)
