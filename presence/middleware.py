from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import LazyObject, empty

import presence
from presence import primary_key
from presence.clock import seconds
from presence.mark_throttle import mark_throttle
from presence.primary_key import UserId


@sync_and_async_middleware
def PresenceMiddleware(get_response):
    """Marks the user of each request once: before the view if an earlier middleware has
    authenticated them in any way, or after it if the view has."""
    if iscoroutinefunction(get_response):
        return async_middleware(get_response)
    return middleware(get_response)


def middleware(get_response):
    def respond(request: HttpRequest) -> HttpResponse:
        before = authenticated(user_of(request))
        mark(before)
        response = get_response(request)
        if before is None:
            mark(authenticated(user_of(request)) or authenticated_in_view(request))
        return response

    return respond


def async_middleware(get_response):
    """Marks a user before the view if they are known, otherwise after it. Reading a session needs a
    thread, so it is not read only for the mark: the view has most likely read it."""

    async def respond(request: HttpRequest) -> HttpResponse:
        before = authenticated(known_user(request))
        await amark(before)
        response = await get_response(request)
        if before is None:
            user = authenticated(known_user(request)) or authenticated_in_view(request)
            await amark(user or await session_user(request))
        return response

    return respond


def mark(user: Any) -> None:
    if (user_id := user_to_mark(user)) is not None:
        presence.mark_online(user_id)


async def amark(user: Any) -> None:
    if (user_id := user_to_mark(user)) is not None:
        await presence.amark_many([user_id])


def user_to_mark(user: Any) -> UserId | None:
    """Returns the id if the user is to be marked now."""
    if user is None or user.pk is None or appears_offline(user):
        return None
    if not mark_throttle.allow(user.pk, seconds(None)):
        return None
    try:
        return primary_key.field().to_python(user.pk)  # a token may have the key as text
    except ValidationError:  # somebody else than a user of the model, such as a program
        return None


def appears_offline(user: Any) -> bool:
    """Reads a field that the project's user model may have."""
    return getattr(user, "appears_offline", False)


def user_of(request: HttpRequest) -> Any:
    return getattr(request, "user", None)  # AuthenticationMiddleware may be missing


def known_user(request: HttpRequest) -> Any:
    user = user_of(request)
    return user if is_loaded(user) else None


async def session_user(request: HttpRequest) -> Any:
    """Reads the user of the session, if nothing has read it yet."""
    user = user_of(request)
    if is_loaded(user):
        return None
    if hasattr(request, "auser"):
        return authenticated(await request.auser())
    return await sync_to_async(authenticated)(user)


def authenticated(user: Any) -> Any:
    """Returns the user, or None for a visitor and for an object of another model."""
    if not getattr(user, "is_authenticated", False):
        return None
    return user if is_user(user.__class__, settings.AUTH_USER_MODEL) else None


@cache
def is_user(kind: type, user_model: str) -> bool:
    """Returns whether objects of the class are users: of the user model, or of no model at all."""
    return not issubclass(kind, Model) or issubclass(kind, get_user_model())


def authenticated_in_view(request: HttpRequest) -> Any:
    """Returns what an authentication of django-ninja returned, if it is a user. Django REST
    framework sets request.user."""
    user = getattr(request, "auth", None)
    return authenticated(user) if isinstance(user, Model) else None


def is_loaded(user: Any) -> bool:
    return not (isinstance(user, LazyObject) and user._wrapped is empty)
