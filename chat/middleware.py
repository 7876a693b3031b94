"""Charges every request to the limits of its user and its address."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from chat.exceptions import RateLimited
from chat.rate_limits import limits

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
SECRETS = ("password", "csrfmiddlewaretoken")  # fields that no page repeats


class LimitMiddleware(MiddlewareMixin):
    """Charges requests. Place it after the authentication middleware.

    A view that is decorated with `limits.limited` is charged to the limit named there. All other
    views are charged to PAGES, or to FORMS if they may change data. So every new view has a limit.
    """

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
        name = self.limit_name(request, view)
        user_limit = name if name + limits.PERSON in limits.LIMITS else "FORMS"
        address_limit = name if name + limits.ADDRESS in limits.LIMITS else "PAGES"
        limits.charge(user_limit, request.user.pk)
        limits.charge(address_limit, address=limits.address_of(request))

    def limit_name(self, request: HttpRequest, view: Any) -> str:
        name = getattr(view, "limits", {}).get(request.method)
        return name or ("PAGES" if request.method in SAFE_METHODS else "FORMS")

    def refuse(self, request: HttpRequest, error: RateLimited) -> HttpResponse:
        return too_many_requests(request, error)


def too_many_requests(request: HttpRequest, error: RateLimited) -> HttpResponse:
    """Returns a page from which the user can send the same form again: no input is lost."""
    context = {"error": error, "fields": submitted_fields(request)}
    response = render(request, "chat/429.html", context, status=429)
    response["Retry-After"] = str(error.retry_after)
    return response


def submitted_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns the submitted fields; none if the form had a password or files, which are not
    repeated."""
    if request.FILES or any(name.startswith("password") for name in request.POST):
        return []
    pairs = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in pairs if name not in SECRETS]
