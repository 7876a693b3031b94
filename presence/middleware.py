from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import LazyObject, empty

import presence
from presence.clock import seconds
from presence.mark_throttle import mark_throttle


@sync_and_async_middleware
def PresenceMiddleware(get_response):
    """Marks the user of each request that an earlier middleware has authenticated in any way."""
    if iscoroutinefunction(get_response):
        return async_middleware(get_response)
    return middleware(get_response)


def middleware(get_response):
    def respond(request: HttpRequest) -> HttpResponse:
        if (user_id := user_to_mark(request.user)) is not None:
            presence.mark_online(user_id)
        return get_response(request)

    return respond


def async_middleware(get_response):
    """Marks a user before the view if they are known, otherwise after it. Reading a session needs a
    thread, so it is not read only for the mark: the view has most likely read it."""

    async def respond(request: HttpRequest) -> HttpResponse:
        is_known = is_loaded(request.user)
        if is_known:
            await amark(request.user)
        response = await get_response(request)
        if not is_known:
            await amark(request.user if is_loaded(request.user) else await request.auser())
        return response

    return respond


async def amark(user) -> None:
    if (user_id := user_to_mark(user)) is not None:
        await presence.amark_many([user_id])


def user_to_mark(user) -> int | None:
    """Returns the user's id if they are to be marked now."""
    if not user.is_authenticated or appears_offline(user):
        return None
    return user.pk if mark_throttle.allow(user.pk, seconds(None)) else None


def appears_offline(user) -> bool:
    """Reads a field that the project's user model may have."""
    return getattr(user, "appears_offline", False)


def is_loaded(user) -> bool:
    return not (isinstance(user, LazyObject) and user._wrapped is empty)
