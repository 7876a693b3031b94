"""The ways into the API, as OpenAPI describes them. By then the middleware knows who it is."""

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from chatsite.accounts.header_auth import has_header
from chatsite.accounts.models import User


class Session(AuthBase):
    openapi_type, openapi_in, openapi_name = "apiKey", "cookie", settings.SESSION_COOKIE_NAME
    csrf = True  # the docs page then sends a token along

    def __call__(self, request: HttpRequest) -> User | None:
        """Raises HttpError 403 for a write without its CSRF token."""
        if has_header(request) or not isinstance(request.user, User):
            return None
        if check_csrf(request):
            raise HttpError(403, "A write by session needs the X-CSRFToken header.")
        return request.user


class Header(AuthBase):
    openapi_type = "http"

    def __call__(self, request: HttpRequest) -> User | None:
        return request.user if has_header(request) and isinstance(request.user, User) else None


class Bearer(Header):
    openapi_scheme = "bearer"


class Basic(Header):
    openapi_scheme = "basic"
