"""A person's new name reaches the pages that show the old one."""

from django.conf import settings
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from chat import events, people, timeline


@receiver(pre_save, sender=settings.AUTH_USER_MODEL)
def remember_names(sender, instance, update_fields, **kwargs) -> None:
    fields = people.name_fields()
    touched = fields if update_fields is None else fields & set(update_fields)
    stored = sender._default_manager.filter(pk=instance.pk) if touched and instance.pk else []
    instance._names_before = people.names_of(stored[0]) if stored else None


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def announce_names(instance, **kwargs) -> None:
    if instance._names_before not in (None, people.names_of(instance)):
        timeline.kept.cache_clear()
        events.person_renamed(instance)
