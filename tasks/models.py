from django.db import models


class Queue(models.Model):
    """A model without a table: it adds the queues in Redis to the admin, with permissions. Users
    with view see tasks with their arguments and results; users with change run and delete them."""

    name = models.CharField(max_length=100, primary_key=True)

    class Meta:
        managed = False
        verbose_name = "task queue"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.name
