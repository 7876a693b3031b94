import time

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import LazyObject, empty

import presence
from presence.recent import recent


@sync_and_async_middleware
def PresenceMiddleware(get_response):
    """Marks whoever a request is authenticated as, by whatever middleware stands before this one.

    Under an async handler the session is not read for the mark alone, since that takes a thread: who is
    signed in by it is marked after the view, which in all likelihood has looked by then.
    """
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            known = is_loaded(request.user)
            if known:
                await amark(request.user)
            response = await get_response(request)
            if not known:
                await amark(request.user if is_loaded(request.user) else await request.auser())
            return response
    else:

        def middleware(request: HttpRequest) -> HttpResponse:
            if is_due(request.user):
                presence.mark_online(request.user.pk)
            return get_response(request)

    return middleware


async def amark(user) -> None:
    if is_due(user):
        await presence.amark_many([user.pk])


def is_due(user) -> bool:
    return user.is_authenticated and recent.due(user.pk, time.monotonic())


def is_loaded(user) -> bool:
    return not (isinstance(user, LazyObject) and user._wrapped is empty)
