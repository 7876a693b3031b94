"""The JSON API: people and tasks here, rooms and messages in chat.api."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import orjson
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from ninja import NinjaAPI, Query, Schema
from ninja.errors import AuthenticationError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic import Field

import presence
from chat.api import router
from chat.exceptions import ChatError, Forbidden
from chat.protocol.server_frames import author
from chatsite import jobs
from chatsite.accounts.api_auth import Basic, Bearer, Session
from chatsite.accounts.exceptions import BEARER
from chatsite.accounts.models import User
from chatsite.ops.database_outage import is_away, outage
from chatsite.serving.error_pages import unavailable
from presence import history

IDS_MAX = 200
REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 422, 429})
STATUS_OF_CODE = {
    "bad_frame": 422,
    "too_long": 413,
    "forbidden": 404,
    "rate_limited": 429,
    "unavailable": 503,
}

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class JSON(Parser, BaseRenderer):
    """Parses and renders JSON with orjson, which also refuses values that no database accepts: NaN,
    and halves of surrogate pairs."""

    media_type = "application/json"

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


api = NinjaAPI(
    title="Chatsite",
    version="1",
    urls_namespace="api",
    auth=[Session(), Bearer(), Basic()],
    parser=JSON(),
    renderer=JSON(),
)
api.add_router("", router)


class Refusal(Schema):
    detail: str


class Person(Schema):
    id: int
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


class Task(Schema):
    id: str
    status: str
    progress: dict[str, Any] | None
    result: Any


@api.get("/me", response={200: Person, REFUSALS: Refusal}, tags=["people"])
def me(request: HttpRequest):
    """Your own account."""
    return author(request.user)


@api.get("/users/online", response={200: Online, REFUSALS: Refusal}, tags=["people"])
def online(request: HttpRequest):
    """The users who are online. `here` is true if they have the chat open."""
    seen = presence.last_activities(presence.online_user_ids())
    here = presence.here(seen)
    users = [
        author(user) | {"here": user.pk in here, "last_activity": seen[user.pk]}
        for user in active_users(seen)
    ]
    return {"count": len(users), "users": users}


@api.get("/users", response={200: People, REFUSALS: Refusal}, tags=["people"])
def people(request: HttpRequest, ids: list[Id] = Query(..., min_length=1, max_length=IDS_MAX)):  # noqa: B008
    """Users by id. Unknown ids are left out."""
    online, seen = presence.is_online(ids), history.last_seen(ids)
    users = [
        author(user) | {"online": user.pk in online, "last_activity": seen.get(user.pk)}
        for user in active_users(ids)
    ]
    return {"users": users}


@api.get("/tasks/{task_id}", response={200: Task, REFUSALS: Refusal}, tags=["tasks"])
def task(request: HttpRequest, task_id: str):
    """The progress and the result of a task that you queued."""
    status = jobs.status_for(request.user, task_id)
    if status is None:
        raise Forbidden
    return status


def active_users(ids: Iterable[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=ids, is_active=True).order_by("pk")


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = refusal_response(
        request, 401, "Sign in, or send Authorization: Bearer with a token."
    )
    response["WWW-Authenticate"] = BEARER
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Responds with one sentence for each error, such as `ids: Field required.`"""
    sentences = (f"{item['loc'][-1]}: {item['msg']}." for item in error.errors)
    return refusal_response(request, 422, " ".join(sentences))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    limit = filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return refusal_response(request, 413, f"The body of a request is at most {limit}.")


@api.exception_handler(SuspiciousOperation)
def unreadable(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return refusal_response(request, 400, "That request cannot be read.")


@api.exception_handler(ObjectDoesNotExist)
def not_found(request: HttpRequest, error: ObjectDoesNotExist) -> HttpResponse:
    return refusal_response(request, 404, Forbidden().detail)


@api.exception_handler(DatabaseError)
@api.exception_handler(InterfaceError)
def database_failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if is_away(error):
        outage.report(error)
        return unavailable(request)
    raise error


@api.exception_handler(ChatError)
def chat_error(request: HttpRequest, error: ChatError) -> HttpResponse:
    response = refusal_response(request, STATUS_OF_CODE[error.code], error.detail)
    if hasattr(error, "retry_after"):
        response["Retry-After"] = str(error.retry_after)
    return response


def unknown_path(request: HttpRequest, path: str) -> HttpResponse:
    """Responds with 404 at all other addresses under /api/."""
    return refusal_response(request, 404, "This address does not exist.")


def refusal_response(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return api.create_response(request, {"detail": detail}, status=status)
