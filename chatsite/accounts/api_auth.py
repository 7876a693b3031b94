"""The ways to sign in to the API, for its OpenAPI description. The middleware has already
identified the user."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from chatsite.accounts.header_auth import has_header
from chatsite.accounts.models import User


class Session(AuthBase):
    openapi_type, openapi_in, openapi_name = "apiKey", "cookie", settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        """Returns the session's user. Raises HttpError 403 for a write without a CSRF token."""
        if has_header(request) or not isinstance(request.user, User):
            return None
        if check_csrf(request):
            raise HttpError(403, _("A write with a session needs the X-CSRFToken header."))
        return request.user


class Header(AuthBase):
    openapi_type = "http"

    def __call__(self, request: HttpRequest) -> User | None:
        return request.user if has_header(request) and isinstance(request.user, User) else None


class Bearer(Header):
    openapi_scheme = "bearer"


class Basic(Header):
    openapi_scheme = "basic"
