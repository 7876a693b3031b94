"""Django's sessions in the database, with a copy in Redis."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import caches


class SessionStore(cached_db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        """Saves the session. Raises UpdateError if the database has lost its row; the copy in Redis
        is then deleted, because every page would refuse it."""
        try:
            super().save(must_create)
        except UpdateError:
            caches[settings.SESSION_CACHE_ALIAS].delete(self.cache_key)
            raise

    def _validate_session_key(self, key: Any) -> bool:
        """Returns whether the cookie can be a key. A cookie may contain any character, such as a
        NUL, which PostgreSQL refuses to look up."""
        is_key = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(is_key) and key.isascii() and key.isalnum()
