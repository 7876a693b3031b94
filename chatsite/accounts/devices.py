"""The devices of a user: their sessions, each with its browser and address.

allauth creates a UserSession at sign-in. The middleware records its last use once a minute;
allauth's own would write at every request.
"""

from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache.backends.locmem import LocMemCache
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ua_parser import parse

from chatsite.accounts.header_auth import has_header

LAST_USE_WRITTEN_EVERY_SECONDS = 60
SESSIONS_CACHED_MAX = 10_000
AGENT_MAX_CHARACTERS = UserSession._meta.get_field("user_agent").max_length

recent_use_cache = LocMemCache(
    "devices", {"TIMEOUT": LAST_USE_WRITTEN_EVERY_SECONDS, "MAX_ENTRIES": SESSIONS_CACHED_MAX}
)


def unexpired(now: datetime | None = None) -> QuerySet[UserSession]:
    """Returns the sessions with `expires`, the most recently used first."""
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    expires = Subquery(session.values("expire_date"))
    found = UserSession.objects.annotate(expires=expires).filter(expires__gt=now or timezone.now())
    return found.order_by("-last_seen_at")


def sign_out(devices: QuerySet[UserSession]) -> None:
    """Deletes the sessions; signals.py closes their sockets and removes their copies in Redis."""
    Session.objects.filter(session_key__in=devices.values("session_key")).delete()


def name_of(device: UserSession) -> str:
    agent = parse(device.user_agent)
    browser = agent.user_agent.family if agent.user_agent else _("Unknown browser")
    if not agent.os:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": agent.os.family}


def DeviceMiddleware(get_response):
    def middleware(request: HttpRequest) -> HttpResponse:
        if is_due(request):
            record_use(request)
        return get_response(request)

    return middleware


def is_due(request: HttpRequest) -> bool:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return bool(key) and not has_header(request) and recent_use_cache.add(key, True)


def record_use(request: HttpRequest, now: datetime | None = None) -> None:
    if not request.user.is_authenticated:
        return
    use = {
        "user": request.user,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": request.headers.get("User-Agent", "")[:AGENT_MAX_CHARACTERS],
        "last_seen_at": now or timezone.now(),
    }
    key = request.session.session_key
    device, is_new = UserSession.objects.get_or_create(session_key=key, defaults=use)
    if is_new:
        return
    UserSession.objects.filter(pk=device.pk).update(**use)
    if device.last_seen_at.date() < use["last_seen_at"].date():
        request.session.modified = True  # people who come every day stay signed in
