from django.apps import AppConfig
from django.core import checks


class PresenceConfig(AppConfig):
    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from presence import deletion
        from presence.checks import check

        checks.register(check)
        deletion.connect()
