"""The JSON API of rooms, messages and people: the paths of protocol.md under /api/.

api = NinjaAPI(auth=django_auth)
chat.api.mount(api)
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Query, Router, Schema, Status
from pydantic import Field

import presence
from chat import users
from chat.exceptions import ChatError, Forbidden, Invalid
from chat.ids import ID_MAX
from chat.models import Room
from chat.protocol import server_frames
from chat.protocol.server_frames import author
from chat.rate_limits import limits
from chat.services import editing, history, posting, room_list, rooms
from chat.users import JsonId
from presence.history import last_seen

PAGE_MESSAGES_MAX = 100
IDS_MAX = 200
STATUS_OF_CODE = {
    "bad_frame": 422,
    "too_long": 413,
    "forbidden": 404,
    "rate_limited": 429,
    "unavailable": 503,
}
Number = Annotated[int, Field(ge=0, le=ID_MAX)]  # what a database column holds

router = Router(tags=["chat"])


class Error(Schema):
    detail: str


class Author(Schema):
    """If the account was deleted, `id` is null and `name` is "Former member"."""

    id: JsonId | None
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
    reactions: dict[str, list[JsonId]]
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


class Person(Schema):
    id: JsonId
    username: str
    name: str
    bot: bool


class OnlinePerson(Person):
    here: bool
    last_activity: datetime


class Online(Schema):
    count: int
    users: list[OnlinePerson]


class SeenPerson(Person):
    online: bool
    last_activity: datetime | None


class People(Schema):
    users: list[SeenPerson]


class NewRoom(Schema):
    """A room with a name, or a direct conversation with the users of these ids."""

    name: str | None = None
    private: bool = False
    direct: list[JsonId] | None = None


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
        room = rooms.direct(request.user, parse_user_ids("direct", new.direct))
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


@router.get("/me", response={200: Person, **REFUSALS}, tags=["people"])
def me(request: HttpRequest) -> dict[str, Any]:
    """Your own account."""
    return author(request.user)


@router.get("/users/online", response={200: Online, **REFUSALS}, tags=["people"])
def online(request: HttpRequest) -> dict[str, Any]:
    """The users who are online. `here` is true if they have the chat open."""
    seen = presence.last_activities(presence.online_user_ids())
    here = presence.here(seen)
    found = [
        author(user) | {"here": user.pk in here, "last_activity": seen[user.pk]}
        for user in active_users(seen)
    ]
    return {"count": len(found), "users": found}


@router.get("/users", response={200: People, **REFUSALS}, tags=["people"])
def people(
    request: HttpRequest,
    ids: list[str] = Query(..., min_length=1, max_length=IDS_MAX),  # noqa: B008
) -> dict[str, Any]:
    """Users by id. Unknown ids are left out."""
    pks = parse_user_ids("ids", ids)
    online, seen = presence.is_online(pks), last_seen(pks)
    found = [
        author(user) | {"online": user.pk in online, "last_activity": seen.get(user.pk)}
        for user in active_users(pks)
    ]
    return {"users": found}


def parse_user_ids(field: str, ids: Iterable[JsonId]) -> list[Any]:
    """Returns the primary keys of the ids in a field of a request. Raises Invalid."""
    pks = {id: users.to_pk(id) for id in ids}
    if invalid := [id for id, pk in pks.items() if not pk]:
        text = _("{field}: {value} is not the id of a user.")
        raise Invalid(format_lazy(text, field=field, value=repr(str(invalid[0])[:60])))
    return list(pks.values())


def active_users(pks: Iterable[Any]) -> QuerySet:
    return users.active().filter(pk__in=pks).order_by("pk")


def mount(api: NinjaAPI) -> None:
    """Adds the routes to an API, and its responses to what chat refuses."""
    api.add_router("", router)

    @api.exception_handler(ChatError)
    def chat_error(request: HttpRequest, error: ChatError) -> HttpResponse:
        response = refusal(api, request, STATUS_OF_CODE[error.code], error.detail)
        if hasattr(error, "retry_after"):
            response["Retry-After"] = str(error.retry_after)
        return response

    @api.exception_handler(ObjectDoesNotExist)
    def not_found(request: HttpRequest, error: ObjectDoesNotExist) -> HttpResponse:
        return refusal(api, request, 404, Forbidden().detail)


def refusal(api: NinjaAPI, request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return api.create_response(request, {"detail": detail}, status=status)


def get_room(request: HttpRequest, room_id: int) -> Room:
    return rooms.get(request.user, room_id)
