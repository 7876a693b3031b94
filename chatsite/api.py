"""The JSON API: tasks here, the rest in chat.api."""

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from chat.api import mount, refusal
from chat.exceptions import Forbidden
from chatsite import jobs
from chatsite.accounts.api_auth import Basic, Bearer, Session
from chatsite.accounts.exceptions import BEARER
from chatsite.api_docs.page import Page
from chatsite.community import identity
from chatsite.ops.database_outage import is_away, outage
from chatsite.serving.error_pages import unavailable

REFUSALS = frozenset({400, 401, 403, 404, 409, 413, 422, 429})


class JSON(Parser, BaseRenderer):
    """Parses and renders JSON with orjson, which also refuses values that no database accepts: NaN,
    and halves of surrogate pairs."""

    media_type = "application/json"

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


api = NinjaAPI(
    title=lazy(identity.name, str)(),
    version="1",
    docs=Page(),
    urls_namespace="api",
    auth=[Session(), Bearer(), Basic()],
    parser=JSON(),
    renderer=JSON(),
)
mount(api)


class Refusal(Schema):
    detail: str


class Task(Schema):
    id: str
    status: str
    progress: dict[str, Any] | None
    result: Any


@api.get("/tasks/{task_id}", response={200: Task, REFUSALS: Refusal}, tags=["tasks"])
def task(request: HttpRequest, task_id: str):
    """The progress and the result of a task that you queued."""
    status = jobs.status_for(request.user, task_id)
    if status is None:
        raise Forbidden
    return status


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = refusal_response(
        request, 401, _("Sign in, or send Authorization: Bearer with a token.")
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
    text = _("The body of a request is at most %(limit)s.")
    limit = filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return refusal_response(request, 413, text % {"limit": limit})


@api.exception_handler(SuspiciousOperation)
def unreadable(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    return refusal_response(request, 400, _("That request cannot be read."))


@api.exception_handler(DatabaseError)
@api.exception_handler(InterfaceError)
def database_failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if is_away(error):
        outage.report(error)
        return unavailable(request)
    raise error


def unknown_path(request: HttpRequest, path: str) -> HttpResponse:
    """Responds with 404 at all other addresses under /api/."""
    return refusal_response(request, 404, _("This address does not exist."))


def refusal_response(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return refusal(api, request, status, detail)
