"""Says which responses may be cached: none, unless the view allows it. While somebody is signed in,
it has to be public. So the Back button shows nothing private after signing out, and no cache gives
a page to somebody else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

PRIVATE = "private, no-store"
DEPENDS_ON = ("Cookie", "Authorization", "Accept-Language")


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.get("Cache-Control", "").startswith("public"):
            return response  # the same for everybody
        patch_vary_headers(response, DEPENDS_ON)
        if is_for_somebody(request):
            response.headers["Cache-Control"] = PRIVATE
        else:  # the page of a link in a mail shows a name and an address without a sign-in
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def is_for_somebody(request: HttpRequest) -> bool:
    """Returns whether the response belongs to a user, also if it signs them in or out, or failed
    before they were identified."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META:
        return True  # without reading the user, which may fail while the database is away
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated
