from django.db import models
from django.utils.translation import gettext_lazy as _


class Queue(models.Model):
    """A model without a table: it adds the queues in Redis to the admin, with permissions. Users
    with view see tasks with their arguments and results; users with change run and delete them."""

    name = models.CharField(max_length=100, primary_key=True)

    class Meta:
        managed = False
        verbose_name = _("task queue")
        verbose_name_plural = _("task queues")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.name
