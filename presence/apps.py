from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class PresenceConfig(AppConfig):
    name = "presence"
    verbose_name = _("Presence")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from presence import deletion
        from presence.checks import check

        checks.register(check)
        deletion.connect()
