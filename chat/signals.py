"""Reacts when the project renames or deletes a user."""

from typing import Any

from django.conf import settings
from django.db.models import Model
from django.db.models.signals import post_save, pre_delete, pre_save
from django.dispatch import receiver

from chat.events import events
from chat.models import Membership
from chat.names.people import name_fields, names_of
from chat.services import memberships


@receiver(pre_save, sender=settings.AUTH_USER_MODEL)
def remember_names(sender, instance, update_fields, **kwargs) -> None:
    fields = name_fields()
    touched = fields if update_fields is None else fields & set(update_fields)
    stored = sender._default_manager.filter(pk=instance.pk) if touched and instance.pk else []
    instance._names_before = names_of(stored[0]) if stored else None


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def announce_names(instance, **kwargs) -> None:
    """Notifies the pages that show the old name."""
    if instance._names_before not in (None, names_of(instance)):
        events.person_renamed(instance)


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def leave_rooms(instance: Model, **kwargs: Any) -> None:
    """Removes a user from all rooms before their row is deleted.

    The sockets of others are notified, pages remove the user's name, and a room without an owner
    gets a new one. A direct conversation remains for its other members.
    """
    events.person_deleted(instance)
    for membership in Membership.objects.filter(user=instance.pk).select_related("room"):
        memberships.end(membership)
