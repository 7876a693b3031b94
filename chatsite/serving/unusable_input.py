"""Refuses input that the database cannot store: a NUL in a text, a number of more than 64 bits, or
a text instead of a number. Our own pages check their input. This also covers pages of libraries,
such as the admin, which would otherwise fail with a server error."""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse

from chatsite.serving.error_pages import not_found

# Texts of errors that the input causes, not the code around it.
SQLITE_OVERFLOW = "too large to convert to SQLite INTEGER"
NO_NUMBER = "expected a number but got"  # of Django's fields
NUL = "cannot contain NUL"  # of psycopg

logger = logging.getLogger(__name__)


class UnusableInputMiddleware:
    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not is_refusal(error):
            return None
        logger.warning("Refused input that the database cannot hold: %s", request.path[:100])
        return not_found(request, Http404())


def is_refusal(error: Exception) -> bool:
    is_overflow = isinstance(error, OverflowError) and SQLITE_OVERFLOW in str(error)
    is_no_value = isinstance(error, ValueError) and (NO_NUMBER in str(error) or NUL in str(error))
    return is_overflow or is_no_value or isinstance(error, DataError)
