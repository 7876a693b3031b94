"""Chooses the language of pages and errors: the person's choice, otherwise the browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

GetResponse = Callable[[HttpRequest], HttpResponse]


def browser_middleware(get_response: GetResponse) -> GetResponse:
    """Activates the language of the browser, for everything that responds before the person is
    known too."""

    def respond(request: HttpRequest) -> HttpResponse:
        with translation.override(of_browser(request), deactivate=True):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            return response

    return respond


def person_middleware(get_response: GetResponse) -> GetResponse:
    """Activates the language that the person has chosen. It comes after the authentication."""

    def respond(request: HttpRequest) -> HttpResponse:
        if language := of_person(request.user):
            translation.activate(language)
        return get_response(request)

    return respond


def of_page(request: HttpRequest) -> str:
    return of_person(request.user) or of_browser(request)


def of_browser(request: HttpRequest) -> str:
    return translation.get_language_from_request(request)


def of_person(user) -> str:
    """Returns the language that a user has chosen, or an empty string."""
    language = getattr(user, "language", "")
    return language if language in dict(settings.LANGUAGES) else ""


def of_receiver(receiver, asker) -> str:
    """Returns the language of a mail. `asker` is the user of the request that causes it; somebody
    who is not signed in asks for mails to themselves."""
    if language := of_person(receiver):
        return language
    is_own = receiver is None or not asker.is_authenticated or receiver == asker
    return translation.get_language() if is_own else settings.LANGUAGE_CODE


def choices() -> list[tuple[str, str]]:
    """Returns the choices of a form field. Each language is in its own words."""
    return [("", _("As in my browser")), *settings.LANGUAGES]
