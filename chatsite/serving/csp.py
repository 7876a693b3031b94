"""The Content-Security-Policy of every answer. It never changes, so it is put together once, where
django-csp's own middleware does so twice for each answer."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

ERROR_PAGES = {404, 500}  # Django's own while DEBUG is on: their styles stand in the page


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    policy = build_policy()

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in ERROR_PAGES):
            response.headers.setdefault(HEADER, policy)
        return response

    return respond
