"""Deletes an account. Its messages stay under "Former member"; everything else is deleted."""

from collections.abc import Iterable

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from chat.names.former_member import NAME
from chatsite.accounts.exceptions import LastSuperuser
from chatsite.accounts.models import User


def delete(user: User) -> None:
    """Deletes the user and the user's bots. Raises LastSuperuser."""
    with transaction.atomic():
        if not superuser_remains([user]):
            raise LastSuperuser
        addresses = EmailAddress.objects.filter(user=user, verified=True)
        emails = list(addresses.values_list("email", flat=True))
        rename_in_log(user)
        context = {"user": user, "username": user.username}
        user.delete()
    for email in emails if allauth_context.request else []:  # not from a shell
        get_adapter().send_mail("account/email/account_deleted", email, context)


def superuser_remains(users: Iterable[User]) -> bool:
    """Returns False if no active superuser would be left. Inside a transaction it locks the
    superusers, so that two of them cannot delete each other at the same moment."""
    deleted = {user.pk for user in users if user.is_superuser}
    if not deleted:
        return True
    active = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    if connection.in_atomic_block:
        active = active.select_for_update()
    return not deleted.issuperset(active.values_list("pk", flat=True))


def rename_in_log(user: User) -> None:
    """Removes the user's name from the entries about them in the admin's log."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    entries.update(object_repr=NAME)
