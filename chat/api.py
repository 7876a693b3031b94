"""The JSON API of rooms and messages: the paths of protocol.md under /api/."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from chat.ids import ID_MAX
from chat.models import Room
from chat.protocol import server_frames
from chat.rate_limits import limits
from chat.services import editing, history, posting, room_list, rooms

PAGE_MESSAGES_MAX = 100
Number = Annotated[int, Field(ge=0, le=ID_MAX)]  # what a database column holds

router = Router(tags=["chat"])


class Error(Schema):
    detail: str


class Author(Schema):
    """If the account was deleted, `id` is null and `name` is "Former member"."""

    id: int | None
    username: str
    name: str
    bot: bool


class RoomOut(Schema):
    id: int
    name: str
    kind: str
    head: int
    read: int = Field(alias="last_read_seq")


class Rooms(Schema):
    rooms: list[RoomOut]


class MessageOut(Schema):
    id: int
    room: int
    seq: int
    version: int
    client_id: UUID
    author: Author
    body: str
    html: str
    parts: list[dict[str, Any]]
    reply_to: int | None
    reactions: dict[str, list[int]]
    created_at: str
    edited_at: str | None
    deleted: bool


class Messages(Schema):
    """Newest first."""

    head: int
    messages: list[MessageOut]


class Changes(Schema):
    head: int
    changes: list[MessageOut]
    reset: bool


class NewRoom(Schema):
    """A room with a name, or a direct conversation with the users of these ids."""

    name: str | None = None
    private: bool = False
    direct: list[Number] | None = None


class NewMessage(Schema):
    client_id: UUID
    body: str
    reply_to: Number | None = None


class Body(Schema):
    body: str


REFUSALS = {(400, 401, 403, 404, 413, 422, 429): Error}


@router.get("/rooms", response={200: Rooms, **REFUSALS})
def list_rooms(request: HttpRequest) -> dict[str, Any]:
    return {"rooms": room_list.summaries(request.user)}


@router.post("/rooms", response={201: RoomOut, **REFUSALS})
def create_room(request: HttpRequest, new: NewRoom):
    limits.charge_request(request, "ROOMS")
    if new.direct is not None:
        room = rooms.direct(request.user, new.direct)
    else:
        room = rooms.create(request.user, new.name or "", new.private)
    summaries = room_list.summaries(request.user)
    return Status(201, next(summary for summary in summaries if summary.id == room.pk))


@router.get("/rooms/{id:room_id}/messages", response={200: Messages, **REFUSALS})
def list_messages(
    request: HttpRequest,
    room_id: Number,
    before: Number | None = None,
    after: Number | None = None,
    limit: Annotated[int, Field(ge=1, le=PAGE_MESSAGES_MAX)] = history.PAGE_MESSAGES,
) -> dict[str, Any]:
    room = get_room(request, room_id)
    page = history.page(room, before=before, after=after, limit=limit)
    return {
        "head": room.head,
        "messages": [server_frames.message_data(m) for m in reversed(page.messages)],
    }


@router.get("/rooms/{id:room_id}/changes", response={200: Changes, **REFUSALS})
def list_changes(request: HttpRequest, room_id: Number, since: Number) -> dict[str, Any]:
    changes = history.changes(get_room(request, room_id), since)
    return {
        "head": changes.head,
        "changes": [server_frames.message_data(message) for message in changes.messages],
        "reset": changes.reset,
    }


@router.post(
    "/rooms/{id:room_id}/messages", response={200: MessageOut, 201: MessageOut, **REFUSALS}
)
def post(request: HttpRequest, room_id: Number, new: NewMessage):
    """Returns 201, or 200 with the first message if the same client_id was posted before."""
    limits.charge_request(request, "CHANGES", limits.cost_of(new.body))
    written = posting.post(request.user, room_id, new.client_id, new.body, new.reply_to)
    return Status(201 if written.created else 200, server_frames.message_data(written.message))


@router.patch("/messages/{id:message_id}", response={200: MessageOut, **REFUSALS})
def edit(request: HttpRequest, message_id: Number, new: Body) -> dict[str, Any]:
    limits.charge_request(request, "CHANGES", limits.cost_of(new.body))
    return server_frames.message_data(editing.edit(request.user, message_id, new.body))


@router.delete("/messages/{id:message_id}", response={200: MessageOut, **REFUSALS})
def delete(request: HttpRequest, message_id: Number) -> dict[str, Any]:
    limits.charge_request(request, "CHANGES")
    return server_frames.message_data(editing.delete(request.user, message_id))


def get_room(request: HttpRequest, room_id: int) -> Room:
    return rooms.get(request.user, room_id)
