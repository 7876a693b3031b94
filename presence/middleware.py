from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import LazyObject, empty

import presence
from presence.clock import seconds
from presence.recent import recent


@sync_and_async_middleware
def PresenceMiddleware(get_response):
    """Marks whoever a request is authenticated as, by whichever middleware before this one."""
    if iscoroutinefunction(get_response):
        return async_middleware(get_response)
    return middleware(get_response)


def middleware(get_response):
    def respond(request: HttpRequest) -> HttpResponse:
        if user_id := due(request.user):
            presence.mark_online(user_id)
        return get_response(request)

    return respond


def async_middleware(get_response):
    """A session is not read for the mark alone, as that takes a thread: whoever is signed in by one
    is marked after the view, which has most likely looked by then."""

    async def respond(request: HttpRequest) -> HttpResponse:
        known = is_loaded(request.user)
        if known:
            await amark(request.user)
        response = await get_response(request)
        if not known:
            await amark(request.user if is_loaded(request.user) else await request.auser())
        return response

    return respond


async def amark(user) -> None:
    if user_id := due(user):
        await presence.amark_many([user_id])


def due(user) -> int | None:
    """The id of who is to be marked now."""
    if not user.is_authenticated or appears_offline(user):
        return None
    return user.pk if recent.due(user.pk, seconds(None)) else None


def appears_offline(user) -> bool:
    """The project's user model may have a field of this name."""
    return getattr(user, "appears_offline", False)


def is_loaded(user) -> bool:
    return not (isinstance(user, LazyObject) and user._wrapped is empty)
