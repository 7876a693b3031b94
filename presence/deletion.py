"""Forgets users who are deleted. The table may be in another database than the users, so the
database cannot do it."""

from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete
from django.db.transaction import on_commit

import presence
from presence.models import LastSeen


def connect() -> None:
    """Connects the user model, its proxies and its children, and no other model: the deletion of
    rows with receivers is slower."""
    for model in apps.get_models():
        if issubclass(model, get_user_model()):
            post_delete.connect(forget, sender=model, dispatch_uid="presence")


def forget(instance: Any, using: str, **kwargs: Any) -> None:
    LastSeen.objects.filter(user=instance.pk).delete()
    on_commit(partial(presence.mark_offline, instance.pk), using=using)
