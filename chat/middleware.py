"""Charges every request to the limits of its person and address."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from chat.exceptions import RateLimited
from chat.rate_limits import limits

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
SECRETS = ("password", "csrfmiddlewaretoken")  # fields that no page repeats


class LimitMiddleware(MiddlewareMixin):
    """After the one that signs in. A view that `limits.limited` decorates says what it is charged
    to; the others are charged to PAGES, or to FORMS if they may change something. So a new view
    cannot be without a limit."""

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        try:
            self.charge(request, view)
        except RateLimited as error:
            return self.refuse(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self.refuse(request, error) if isinstance(error, RateLimited) else None

    def charge(self, request: HttpRequest, view: Any) -> None:
        what = self.limit_name(request, view)
        of_person = what if what + limits.PERSON in limits.LIMITS else "FORMS"
        of_address = what if what + limits.ADDRESS in limits.LIMITS else "PAGES"
        limits.charge(of_person, request.user.pk)
        limits.charge(of_address, address=limits.address_of(request))

    def limit_name(self, request: HttpRequest, view: Any) -> str:
        what = getattr(view, "limits", {}).get(request.method)
        return what or ("PAGES" if request.method in SAFE_METHODS else "FORMS")

    def refuse(self, request: HttpRequest, error: RateLimited) -> HttpResponse:
        return too_many_requests(request, error)


def too_many_requests(request: HttpRequest, error: RateLimited) -> HttpResponse:
    """The page has what was sent, to be sent again: nothing that was typed is lost."""
    context = {"error": error, "fields": fields(request)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(error.retry_after)
    return response


def fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form had; nothing if it had a password, as it could not be sent again without."""
    if request.FILES or any(name.startswith("password") for name in request.POST):
        return []
    pairs = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in pairs if name not in SECRETS]
