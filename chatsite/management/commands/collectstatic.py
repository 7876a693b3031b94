import os
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from chatsite.ops import private_files

READABLE = 0o022  # umask


class Command(collectstatic.Command):
    """Collects the static files so that the proxy, which is another user, can read them whatever
    the umask is."""

    def handle(self, **options: Any) -> str | None:
        before = os.umask(READABLE)
        try:
            with private_files.setting_errors(settings.STATIC_ROOT, "STATIC_ROOT"):
                return super().handle(**options)
        except ImproperlyConfigured as error:
            raise CommandError(error) from error
        finally:
            os.umask(before)
