"""The site's part of the rate limits: addresses behind proxies, the API, and django-allauth's
pages. The limiter itself is in chat/rate_limits."""

from typing import Any

from allauth.core.internal.ratelimit import get_ip
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse

from chat import middleware
from chat.exceptions import RateLimited
from chat.rate_limits import limits

API = "/api/"
LIMIT_OF_ROUTE = {  # of views of other packages; each is a POST
    "account_signup": "SIGNUPS",
}


class LimitMiddleware(middleware.LimitMiddleware):
    def limit_name(self, request: HttpRequest, view: Any) -> str:
        if request.path_info.startswith(API):
            return "API_CALLS"
        route = request.resolver_match and request.resolver_match.url_name
        if request.method == "POST" and route in LIMIT_OF_ROUTE:
            return LIMIT_OF_ROUTE[route]
        return super().limit_name(request, view)

    def refuse(self, request: HttpRequest, error: RateLimited) -> HttpResponse:
        if not request.path_info.startswith(API):
            return super().refuse(request, error)
        response = JsonResponse({"detail": error.detail}, status=429)
        response["Retry-After"] = str(error.retry_after)
        return response


def address_of(request: HttpRequest) -> str | None:
    """Returns the address of a request, for IPv6 the network of one household. None on a Unix
    socket."""
    if not hasattr(request, "limited_address"):  # two limits of most requests ask for it
        request.limited_address = _address_of(request)  # type: ignore[attr-defined]
    return request.limited_address  # type: ignore[attr-defined]


def _address_of(request: HttpRequest) -> str | None:
    try:
        return get_ip(request)
    except PermissionDenied:
        return None


def too_many_sign_ins(request: HttpRequest) -> HttpResponse:
    """Responds to somebody who signs up or in too often; django-allauth counts that."""
    return middleware.too_many_requests(request, limits.too_fast(limits.MINUTE))
