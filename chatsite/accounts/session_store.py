"""Django's sessions in the database, with a copy in Redis."""

from typing import Any

from django.contrib.sessions.backends import cached_db


class SessionStore(cached_db.SessionStore):
    def _validate_session_key(self, key: Any) -> bool:
        """A cookie can hold any character, also a NUL, which PostgreSQL refuses to look up."""
        is_key = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(is_key) and key.isascii() and key.isalnum()
