"""Identifies the user of a request by `Authorization: Bearer <token>` or `Authorization: Basic`.

The middleware handles HTTP requests with the header; socket_auth.py uses the same functions.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext_lazy as _

from chat.exceptions import RateLimited
from chat.rate_limits import limits
from chatsite.accounts.exceptions import BASIC, Refused
from chatsite.accounts.models import Token, User

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
# A stolen token or password must not be enough to change how its owner signs in. /add remembers
# its tasks in the session.
SESSION_ONLY_PATHS = ("/accounts/", "/admin/", "/add")
LOCKED_SECONDS = 300  # as failed_sign_ins.ACCOUNT_FROM_NETWORK
PASSWORD_CACHE_SECONDS = 300
PASSWORD_CACHE_MAX = 10_000

PROCESS_KEY = secrets.token_bytes(32)
password_cache = LocMemCache(
    "passwords", {"TIMEOUT": PASSWORD_CACHE_SECONDS, "MAX_ENTRIES": PASSWORD_CACHE_MAX}
)


@dataclass(frozen=True, slots=True)
class Identity:
    user: User
    scopes: frozenset[str] = frozenset({"read", "write"})
    token_id: int | None = None
    session_key: str | None = None
    password: str | None = None  # its hash
    expires: datetime | None = None


class NoSession(dict[str, object]):
    """An empty session for a request that was signed in by a header. Django does not save it,
    because it lacks the attributes of a session."""

    session_key = None


def HeaderAuthenticationMiddleware(get_response):
    def middleware(request: HttpRequest) -> HttpResponse:
        refusal = authenticate(request) if has_header(request) else None
        return refusal or get_response(request)

    return middleware


def has_header(request: HttpRequest) -> bool:
    return "HTTP_AUTHORIZATION" in request.META


def authenticate(request: HttpRequest) -> HttpResponse | None:
    """Sets the request's user from the header, or returns the refusal."""
    try:
        identity = identify_by_header(request)
        authorize(request, identity)
    except Refused as refusal:
        return refusal_response(rate_limit_refusal(request) or refusal)

    async def auser() -> User:
        return identity.user

    request.user, request.auser = identity.user, auser
    request.scopes = identity.scopes  # type: ignore[attr-defined]
    request.session = NoSession()  # type: ignore[assignment]
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return None


def authorize(request: HttpRequest, identity: Identity) -> None:
    if request.path_info.startswith(SESSION_ONLY_PATHS):
        raise Refused(_("Sign in with a browser to use this page."), status=403)
    if request.method in SAFE_METHODS:
        return
    if "write" not in identity.scopes:
        raise Refused(_("This token can only read. Use one that can write."), status=403)
    # A browser that remembers a Basic password also sends it with the forms of other sites.
    if origin_check.is_foreign(request):
        raise Refused(_("Requests from other sites are refused."), status=403)


def identify_by_header(request: HttpRequest, now: datetime | None = None) -> Identity:
    """Returns the user and their access. Raises Refused."""
    scheme, _space, value = request.META["HTTP_AUTHORIZATION"].partition(" ")
    if scheme.lower() == "bearer":
        return identify_by_token(value.strip(), now)
    if scheme.lower() == "basic":
        return identify_by_password(request, value.strip())
    raise Refused(_("Authorization must be Bearer with a token, or Basic."))


def identify_by_token(secret: str, now: datetime | None = None) -> Identity:
    try:
        token = Token.objects.get_by_secret(secret, now)
    except Token.DoesNotExist:
        raise Refused(_("That token is unknown, expired or revoked.")) from None
    token.mark_used(now)
    return Identity(token.user, token.scopes, token_id=token.pk, expires=token.expires_at)


def identify_by_password(request: HttpRequest, value: str) -> Identity:
    """Returns the identity for Basic. A correct password is cached for a while, because its slow
    hash takes 0.2 s. The user is still read from the database, and a new password invalidates the
    cached one."""
    key = hmac.digest(PROCESS_KEY, value.encode(), "sha256").hex()
    user = User.objects.filter(**known).first() if (known := password_cache.get(key)) else None
    if user is None:
        user = check_password(request, *decode_basic(value))
        password_cache.set(key, {"pk": user.pk, "password": user.password})
    if not user.can_sign_in:
        raise Refused(_("This account is deactivated."), challenge=BASIC)
    if user.is_bot:
        raise Refused(_("A bot signs in with a token."))
    if is_mfa_enabled(user):
        raise Refused(_("This account uses two-factor sign-in. Use a token."))
    return Identity(user, password=user.password)


def check_password(request: HttpRequest, username: str, password: str) -> User:
    try:
        user = get_adapter().authenticate(request, username=username, password=password)
    except ValidationError as error:
        raise Refused(error.message, status=429, retry_after=LOCKED_SECONDS) from None
    if not isinstance(user, User):
        raise Refused(_("Wrong username or password."), challenge=BASIC)
    return user


def decode_basic(value: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        colon = ""
    if not colon or "\0" in username:
        raise Refused(_("Basic must be followed by name:password in base64."), challenge=BASIC)
    return username, password


def rate_limit_refusal(request: HttpRequest) -> Refused | None:
    """Returns a refusal for an address that sends one refused header after another."""
    try:
        limits.charge("API_CALLS", address=limits.address_of(request))
    except RateLimited as error:
        return Refused(error.text, status=429, retry_after=error.retry_after)
    return None


def refusal_response(refusal: Refused) -> HttpResponse:
    response = JsonResponse({"detail": refusal.detail}, status=refusal.status)
    if refusal.status == 401:
        response["WWW-Authenticate"] = refusal.challenge
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response


class OriginCheck(CsrfViewMiddleware):
    """Checks the Origin header by Django's own rule: this host, or one of CSRF_TRUSTED_ORIGINS.
    Browsers always send it with the handshake of a socket and with a POST from another site."""

    def is_foreign(self, request: HttpRequest) -> bool:
        return "HTTP_ORIGIN" in request.META and not self._origin_verified(request)  # type: ignore[attr-defined]


origin_check = OriginCheck(lambda request: HttpResponse())
