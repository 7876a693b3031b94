"""Settings read from the environment, with errors that name the variable."""

import io
import sys
from typing import Any

import django
import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError


class Environment(environ.Env):
    """Reads environment variables. Raises ImproperlyConfigured if a value is invalid."""

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        try:
            return super().get_value(var, *args, **options)
        except ValueError as error:
            wrong = self.ENVIRON.get(var)
            raise ImproperlyConfigured(f"{var} must be a number, not {wrong!r}.") from error

    def database(self, var: str, default: dict[str, Any]) -> dict[str, Any]:
        """Returns the database's settings. `default` is a dictionary, because a path may contain
        characters that an address may not."""
        value = self(var, default="")
        try:
            config = self.db_url_config(value) if value else default
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}: {error}") from error
        if "." not in config.get("ENGINE", ""):
            raise ImproperlyConfigured(f"{var} must begin with postgres:// or sqlite:///.")
        return config

    def email(self, var: str, default: str) -> dict[str, Any]:
        try:
            return self.email_url(var, default=default)
        except (ImproperlyConfigured, ValueError) as error:
            raise ImproperlyConfigured(f"{var}: {error}") from error


def read_settings() -> None:
    """Reads the settings. Exits with one line instead of a traceback if one is invalid."""
    try:
        settings.DEBUG  # noqa: B018 -- the first one that is asked for reads all
    except (ImproperlyConfigured, ValueError) as error:
        sys.exit(f"A setting cannot be used. {error}")


def check_settings() -> None:
    """Runs the system checks. Reports their errors and exits before anything is served."""
    read_settings()
    django.setup()
    try:
        call_command("check", stdout=io.StringIO())
    except SystemCheckError as error:
        sys.exit(str(error))
