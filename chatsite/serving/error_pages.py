"""Responses to errors: a page in the site's design, or JSON under /api/. They need neither the
database, nor the session, nor the user."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views import csrf
from django.views.defaults import page_not_found, permission_denied, server_error

from chatsite.community import identity
from chatsite.ops.database_outage import is_away, outage

API = "/api/"
WITHOUT_DATABASE = ("/readyz", "/metrics", "/static/")
RETRY_SECONDS = 5
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
SECRET_FIELDS = ("password", "code", "credential", "token")
# Title and text of the page; programs get the text only.
TEXTS = {
    400: (
        _("This request cannot be read"),
        _("Something in the request is wrong. Go back and try again."),
    ),
    403: (_("Not allowed"), _("You are not allowed to do that.")),
    404: (
        _("Page not found"),
        _("This page does not exist, or you are not allowed to see it."),
    ),
    405: (
        _("Method not allowed"),
        _("This address does not accept this kind of request."),
    ),
    413: (
        _("Request too large"),
        _("Your request is too large. Make it smaller and try again."),
    ),
    429: (_("Too many requests"), _("Wait a minute, then try again.")),
    500: (
        _("Something went wrong"),
        _("This is an error of the site. Try again in a moment."),
    ),
    503: (
        _("The site is not available at the moment"),
        _("Its database cannot be used now. Try again in a moment."),
    ),
}


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Responds with 503 while the database is away, and gives error responses without a body one of
    ours."""

    def respond(request: HttpRequest) -> HttpResponse:
        if outage.refuses and not request.path_info.startswith(WITHOUT_DATABASE):
            return unavailable(request)
        response = get_response(request)
        if getattr(request, "met_outage", False):
            return unavailable(request)
        if response.status_code >= 400 and is_bare(request, response):
            return with_error_page(request, response)
        return response

    return respond


@receiver(got_request_exception)
def record_outage(request: HttpRequest, **kwargs: Any) -> None:
    """Records an outage that a view or a middleware met, however Django handles the exception."""
    if is_away(error := sys.exc_info()[1]):
        outage.report(error)
        request.met_outage = True  # type: ignore[attr-defined]


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def is_bare(request: HttpRequest, response: HttpResponse) -> bool:
    if response.streaming or response.status_code not in TEXTS:
        return False
    if is_api(request):
        return not response.get("Content-Type", "").startswith("application/json")
    return not response.content


def with_error_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    error = render_error(request, response.status_code)
    for name in KEPT_HEADERS:
        if name in response:
            error[name] = response[name]
    error.cookies = response.cookies
    return error


def render_error(request: HttpRequest, status: int, text: str = "", **context: Any) -> HttpResponse:
    title, usual_text = TEXTS[status]
    if is_api(request):
        return JsonResponse({"detail": text or usual_text}, status=status)
    context |= {"title": title, "text": text or usual_text, "community": identity.known()}
    return HttpResponse(render_to_string("error.html", context), status=status)


# The handlers that chatsite.urls and the settings refer to.


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render_error(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_error(request, 403) if is_api(request) else permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render_error(request, 404) if is_api(request) else page_not_found(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render_error(request, 403) if is_api(request) else csrf.csrf_failure(request, reason)


def internal_error(request: HttpRequest) -> HttpResponse:
    """Works also if a template that all pages use is broken."""
    try:
        return render_error(request, 500)
    except Exception:
        return server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Returns a page that reloads automatically, or, after a form was sent, one that contains its
    fields with a button to send it again."""
    is_form = request.method == "POST" and not is_api(request)
    context = (
        {"fields": form_fields(request)}
        if is_form
        else {"retry": RETRY_SECONDS if request.method == "GET" else 0}
    )
    response = render_error(request, HTTPStatus.SERVICE_UNAVAILABLE, is_form=is_form, **context)
    response["Retry-After"] = str(RETRY_SECONDS)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def form_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns the fields of a form; none if one of them is secret, or if it has files."""
    try:
        lists, files = list(request.POST.lists()), request.FILES
    except Exception:  # the body could not be read, or was read by a view
        return []
    names = [name for name, _ in lists if name != "csrfmiddlewaretoken"]
    if files or any(secret in name for name in names for secret in SECRET_FIELDS):
        return []
    return [(name, value) for name, values in lists for value in values]
