"""Ends a session together with its sockets and its copy in Redis, a user's access with the
sessions, and a token with its sockets."""

from functools import partial

from allauth.account.signals import password_reset, user_signed_up
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.db.transaction import on_commit
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

import presence
from chat.events import events
from chat.models import Membership
from chat.protocol.close_codes import BANNED
from chat.rendering import bidi
from chat.services import memberships, sign_outs
from chatsite.accounts import access, bots, failed_sign_ins, session_auth, two_factor
from chatsite.accounts.models import Token, User
from chatsite.community import identity

sign_outs.VALID_KEY_QUERIES["token"] = Token.objects.valid_ids
ACCESS = {"password", "is_active", "is_bot", "is_demo", "appears_offline"}


@receiver(user_signed_up)
def greet(request: HttpRequest, user: User, **kwargs) -> None:
    """Shows the username, which the user may not have chosen, and the welcome of the owner once."""
    text = _(
        "Welcome, %(name)s. Your username is @%(username)s. "
        "You sign in with it, and people mention you with it."
    )
    names = {"name": bidi.isolate(user.name), "username": user.username}
    messages.success(request, text % names)
    has_rooms = Membership.objects.filter(user=user).exists()  # otherwise the page shows it anyway
    if has_rooms and (welcome := identity.current().welcome):
        messages.info(request, welcome)


@receiver(post_save, sender=User)
def join_default_rooms(instance: User, created: bool, raw: bool, **kwargs) -> None:
    """Adds new people to the default rooms. Bots join only the rooms that they are added to."""
    if created and not raw and not instance.is_bot:
        memberships.join_defaults(instance)


@receiver(pre_save, sender=User)
def remember_access(instance: User, update_fields, **kwargs) -> None:
    touched = ACCESS if update_fields is None else ACCESS & set(update_fields)
    stored = User.objects.filter(pk=instance.pk).values(*ACCESS) if touched and instance.pk else []
    instance.access_before = next(iter(stored), None)
    # In this way Django saves the same password with a stronger hash.
    is_same = instance._password is None and set(update_fields or ()) == {"password"}
    instance.has_new_password = bool(
        instance.access_before
        and instance.access_before["password"] != instance.password
        and not is_same
    )


@receiver(post_save, sender=User)
def end_access(instance: User, **kwargs) -> None:
    """Ends sessions and sockets after a new password or a deactivation, and of a person who becomes
    a bot. The session that requested the new password continues: Django gives it a new key."""
    before = instance.access_before
    if before is None:
        return
    if instance.has_new_password and not instance.keeps_tokens:
        access.revoke_tokens(instance)
    if before["is_demo"] and not instance.is_demo:
        access.convert_demo_account(instance)
    if before["is_active"] and not instance.is_active:
        access.sign_out(instance, BANNED)
        on_commit(partial(presence.mark_offline, instance.pk))
        for bot in bots.owned_by(instance):  # the owner knows their tokens
            bots.deactivate(bot)
    elif before["password"] != instance.password:
        access.end_sessions(instance)  # before chat ends the sockets, which connect again
    elif instance.is_bot > before["is_bot"]:
        access.sign_out(instance)
    elif before["appears_offline"] != instance.appears_offline:
        presence.mark_offline(instance.pk)
        events.appearance(instance.pk, instance.appears_offline)


@receiver(pre_delete, sender=User)
def end_deleted(instance: User, **kwargs) -> None:
    """Signs the user out before the deletion, while the user's sessions are still known. Chat ends
    the sockets."""
    access.end_sessions(instance)


@receiver(post_delete, sender=Session)
def end_session(instance: Session, **kwargs) -> None:
    UserSession.objects.filter(session_key=instance.session_key).delete()
    on_commit(partial(session_auth.delete_copy, instance.session_key, instance.session_data))


@receiver(post_delete, sender=Token)
def end_token(instance: Token, **kwargs) -> None:
    sign_outs.end_token(instance.pk)


@receiver(password_reset)
def allow_sign_in(request, user: User, **kwargs) -> None:
    failed_sign_ins.reset(request, user)


@receiver(authenticator_added)
def use_first_code(request, authenticator: Authenticator, **kwargs) -> None:
    """Marks the code that confirmed a new authenticator app as used."""
    if authenticator.type == Authenticator.Type.TOTP:
        two_factor.use_code(authenticator, request.POST.get("code", ""))
