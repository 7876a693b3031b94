"""Sends mails about changes to how a user signs in. allauth sends some of its own."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, email_removed
from django.dispatch import receiver


def notify(user: Any, name: str, **context: Any) -> None:
    """Sends the mail of templates/account/email/<name>_message.txt and <name>_subject.txt."""
    get_adapter().send_notification_mail(f"account/email/{name}", user, context)


@receiver(email_confirmed)
def claim_address(email_address: EmailAddress, **kwargs: Any) -> None:
    """Removes a newly confirmed address from other users who entered it."""
    others = EmailAddress.objects.filter(email=email_address.email, verified=False)
    for other in others.exclude(pk=email_address.pk).select_related("user"):
        other.remove()
    notify_other_addresses(email_address)


def notify_other_addresses(added: EmailAddress) -> None:
    mine = EmailAddress.objects.filter(user=added.user, verified=True).exclude(pk=added.pk)
    for email in mine.values_list("email", flat=True):
        context = {"added_email": added.email}
        adapter = get_adapter()
        adapter.send_notification_mail("account/email/email_added", added.user, context, email)


@receiver(email_removed)
def notify_removed_address(email_address: EmailAddress, **kwargs: Any) -> None:
    """Notifies the removed address, because somebody else may have removed it."""
    if email_address.verified:
        context = {"user": email_address.user, "deleted_email": email_address.email}
        get_adapter().send_mail("account/email/email_deleted", email_address.email, context)
