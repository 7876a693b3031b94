from django.db import models


class Queue(models.Model):
    """No table: it gives the queues in Redis a place in the admin, and their permissions. Who may
    view sees tasks with their arguments and results; who may change runs and forgets them."""

    name = models.CharField(max_length=100, primary_key=True)

    class Meta:
        managed = False
        verbose_name = "task queue"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.name
