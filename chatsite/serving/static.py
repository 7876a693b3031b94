"""Serves static files in front of Django, so that requests for pages cost nothing extra."""

from collections.abc import Callable
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler, StaticFilesHandler
from servestatic import ServeStatic, ServeStaticASGI


def wsgi(application: Callable) -> Callable:
    return serve_in_front(application, StaticFilesHandler, ServeStatic)


def asgi(application: Callable) -> Callable:
    return serve_in_front(application, ASGIStaticFilesHandler, ServeStaticASGI)


def serve_in_front(application: Callable, finding: Callable, collected: Callable) -> Callable:
    """Serves each file from its source in development, otherwise the files that collectstatic
    collected."""
    if settings.DEBUG:
        return finding(application)
    return collected(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )


def add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
