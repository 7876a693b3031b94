from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    """The folder may have any name; the label is that of permissions, templates and the log."""

    name = __package__
    label = "task_queue"
    verbose_name = _("Background work")

    def ready(self) -> None:
        from . import checks  # noqa: F401
