"""Sends the setting CONTENT_SECURITY_POLICY, sources by directive, as a header of each response."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
DEBUG_PAGES = {404, 500}  # while DEBUG is on, Django's error pages contain their styles


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    directives = settings.CONTENT_SECURITY_POLICY.items()
    policy = "; ".join(f"{name} {sources}" for name, sources in directives)

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers.setdefault(HEADER, policy)
        return response

    return respond
