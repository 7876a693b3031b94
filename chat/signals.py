"""Reacts when the project renames, deactivates or deletes a user, and when a sign-in ends."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches
from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.db.transaction import on_commit
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
    elif before.get("password") != getattr(instance, "password", None):
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


def end_signed_out_session(request: Any, user: Any, **kwargs: Any) -> None:
    """Ends the sockets of a session that no table has. Django deletes it after this signal; it must
    be gone before a page hears of it. A session in a signed cookie cannot be told from others of
    its user."""
    session = getattr(request, "session", None)
    if session is None or user is None:
        return
    if sign_outs.sessions_are_stored() and session.session_key:
        session.delete(session.session_key)
        sign_outs.end_session(session.session_key)
    else:
        sign_outs.end_user(user.pk)


def end_deleted_session(instance: Any, using: str, **kwargs: Any) -> None:
    """Ends the copy of a session in the cache, and its sockets, when its row is gone."""
    session = sign_outs.session_store()(instance.session_key)
    if isinstance(session, cached_db.SessionStore):
        cache = caches[settings.SESSION_CACHE_ALIAS]
        on_commit(partial(cache.delete, session.cache_key), using=using)
    on_commit(partial(sign_outs.end_session, instance.session_key), using=using)


def watch_sessions() -> None:
    store: Any = sign_outs.session_store()
    if hasattr(store, "get_model_class"):
        post_delete.connect(end_deleted_session, sender=store.get_model_class())
    else:
        user_logged_out.connect(end_signed_out_session)


watch_sessions()
