from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat import signals  # noqa: F401 - it registers itself
        from chat.checks import check, check_database

        checks.register(check)
        checks.register(check_database, checks.Tags.database)
