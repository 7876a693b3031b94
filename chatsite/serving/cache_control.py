"""Which responses may be kept: none, unless its view says so and nobody is signed in. So Back shows
nothing private after signing out, and no cache in between gives it to others."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

PRIVATE = "private, no-store"
DEPENDS_ON = ("Cookie", "Authorization")


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, DEPENDS_ON)
        if is_for_somebody(request):
            response.headers["Cache-Control"] = PRIVATE
        else:  # a link in a mail shows a name and an address to nobody who is signed in
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def is_for_somebody(request: HttpRequest) -> bool:
    """Also if it signs them in or out, or failed before it was known who they are."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META:
        return True  # without a look at the user, which may fail while the database is away
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated
