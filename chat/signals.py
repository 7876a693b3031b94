"""Reacts when the project renames, deactivates or deletes a user, and when a sign-in ends."""

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver

from chat import users
from chat.events import events
from chat.models import Membership
from chat.protocol.close_codes import BANNED
from chat.services import memberships, sign_outs

SIGN_IN_FIELDS = {"password", "is_active"}


@receiver(pre_save, sender=settings.AUTH_USER_MODEL)
def remember_user(sender, instance, update_fields, **kwargs) -> None:
    """Reads what the user was before, if this may change it."""
    fields = {*users.name_fields(), *filter(users.has_field, SIGN_IN_FIELDS)}
    touched = fields if update_fields is None else fields & set(update_fields)
    before = sender._default_manager.filter(pk=instance.pk).values(*fields) if touched else []
    instance._chat_before = next(iter(before), None)


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def announce_changes(instance, **kwargs) -> None:
    """Notifies the pages that show the old name, and ends the sockets of a user who was deactivated
    or has a new password."""
    before, instance._chat_before = instance._chat_before, None
    if before is None:
        return
    if any(before[name] != value for name, value in users.names_of(instance).items()):
        events.person_renamed(instance)
    if before.get("is_active", False) and not instance.is_active:
        sign_outs.end_user(instance.pk, BANNED)
    elif before["password"] != instance.password:
        sign_outs.end_user(instance.pk)


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def leave_rooms(instance: Model, **kwargs: Any) -> None:
    """Removes a user from all rooms before their row is deleted.

    The sockets of others are notified, pages remove the user's name, and a room without an owner
    gets a new one. A direct conversation remains for its other members.
    """
    sign_outs.end_user(instance.pk)
    events.person_deleted(instance)
    for membership in Membership.objects.filter(user=instance.pk).select_related("room"):
        memberships.end(membership)


@receiver(user_logged_out)
def end_signed_out_session(request: Any, user: Any, **kwargs: Any) -> None:
    """Ends the sockets of the session before Django removes it, whatever stores sessions. A session
    in a signed cookie cannot be told from others of its user."""
    session = getattr(request, "session", None)
    if session is None or user is None:
        return
    if sign_outs.sessions_are_stored():
        sign_outs.end_session(session.session_key or "")
    else:
        sign_outs.end_user(user.pk)


def end_deleted_session(instance: Any, **kwargs: Any) -> None:
    sign_outs.end_session(instance.session_key)


def watch_sessions() -> None:
    """Ends sockets when rows of the project's table of sessions are deleted, if it has one."""
    store: Any = sign_outs.session_store()
    if hasattr(store, "get_model_class"):
        post_delete.connect(end_deleted_session, sender=store.get_model_class())


watch_sessions()
