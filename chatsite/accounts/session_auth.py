"""Identifies the user of a session, and deletes a session's copy in Redis when it ends.

While Redis is out of reach the copy stays there, and would be valid again once Redis is back. So
the session is listed as void in the row of the user, which every request reads anyway.
"""

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import middleware
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db.transaction import atomic
from django.http import HttpRequest

from chatsite.accounts.models import User
from chatsite.accounts.session_store import SessionStore

VOID_SESSIONS_MAX = 100  # of one user


class SessionAuthenticationMiddleware(middleware.AuthenticationMiddleware):
    """Reads the user immediately, unlike Django's own: every request needs the user, and a page
    asks for it many times."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        user = get_user(request)

        async def auser() -> User | AnonymousUser:
            return user

        request.user, request.auser = user, auser


def get_user(request: HttpRequest) -> User | AnonymousUser:
    user = auth.get_user(request)
    if request.session.session_key in getattr(user, "void_sessions", ()):
        request.session.flush()
        return AnonymousUser()
    return user


def delete_copy(session_key: str, session_data: str) -> None:
    """Deletes the session's copy in Redis. `session_data` is the value from the database."""
    copy = SessionStore.cache_key_prefix + session_key
    reached = caches[settings.SESSION_CACHE_ALIAS].delete(copy) is not None
    if not reached and (user_id := SessionStore().decode(session_data).get(auth.SESSION_KEY)):
        void_session(int(user_id), session_key)


@atomic
def void_session(user_id: int, session_key: str) -> None:
    people = User.objects.filter(pk=user_id)
    for person in people.select_for_update():
        void = [*person.void_sessions, session_key][-VOID_SESSIONS_MAX:]
        people.update(void_sessions=void)
