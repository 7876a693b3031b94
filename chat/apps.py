from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from chat import checks, new_names, signals  # noqa: F401 - they register themselves

        pre_delete.connect(signals.leave_rooms, sender=settings.AUTH_USER_MODEL)
