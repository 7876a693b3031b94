import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatsite.accounts import failed_sign_ins, languages, mailer
from chatsite.accounts.exceptions import NameTaken, TooManyFailures
from chatsite.accounts.models import (
    NAME_TAKEN,
    NOBODY,
    PersonNameKey,
    User,
    normalized_login,
)
from chatsite.community import identity

CONFIRMATION_SENT = "account/messages/email_confirmation_sent.txt"
BOT_REFUSAL = _("A bot signs in with a token only.")
DEMO_REFUSAL = _("Demo accounts cannot sign in to this site.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is deactivated. Ask an administrator of this site."),
        "username_taken": _("That username is taken. Choose another one."),
        "invalid_login": _("Wrong username or password."),
        "username_password_mismatch": _("Wrong username or password."),
        "email_password_mismatch": _("Wrong username or password."),
        "too_many_login_attempts": _("Too many failed attempts. Try again in a few minutes."),
        "incorrect_password": _("Wrong password."),
        "enter_current_password": _("Wrong password."),
        "rate_limited": _("Too many attempts. Try again in a few minutes."),
        "email_taken": _("This address belongs to another account."),
        "duplicate_email": _("You have already added this address."),
        "max_email_addresses": _("An account has at most %d addresses."),
        "cannot_remove_primary_email": _("This is your primary address. Choose another one first."),
    }

    def save_user(self, request: HttpRequest, user, form, commit: bool = True):
        """Saves the user. Raises NameTaken if somebody has just taken one of the names: two
        requests at the same moment both pass the form."""
        user.name = form.cleaned_data["name"]
        user.time_zone = form.cleaned_data["time_zone"]
        try:
            return super().save_user(request, user, form, commit)
        except (IntegrityError, ValidationError) as error:
            raise NameTaken from error

    def clean_username(self, username: str, shallow: bool = False) -> str:
        username = super().clean_username(username, shallow)
        if not shallow and PersonNameKey.is_taken(User(), username):
            raise ValidationError(NAME_TAKEN)
        return username

    def pre_login(self, request: HttpRequest, user, **options):
        """Refuses users who cannot sign in with a browser. Called for every way to sign in: by
        password, by email or with a passkey."""
        return refuse_sign_in(request, user) or super().pre_login(request, user, **options)

    def login(self, request: HttpRequest, user) -> None:
        """Signs the user in after the second step, unless the account was deactivated after the
        first."""
        if (response := refuse_sign_in(request, user)) is not None:
            raise ImmediateHttpResponse(response)
        super().login(request, user)

    def authenticate(self, request: HttpRequest, **credentials: str):
        """Checks the credentials. Raises ValidationError after too many failures."""
        login = credentials.get("username") or credentials.get("email") or ""
        try:
            with failed_sign_ins.attempt(failed_sign_ins.sign_in_limits(request, login)) as attempt:
                user = super().authenticate(request, **credentials)
                attempt.failed = user is None
                return user
        except TooManyFailures:
            raise self.validation_error("too_many_login_attempts") from None

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials) -> None:
        """Does nothing: failed_sign_ins.reset does this."""

    def clean_email(self, email: str) -> str:
        """Returns the address as it is stored and compared: two spellings of one address become
        equal."""
        email = normalized_login(super().clean_email(email))
        if email:  # it is optional when signing up
            validate_email(email)
        return email

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirms the address; False if somebody else has just confirmed it."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            return False

    def add_message(self, request: HttpRequest, level: int, *args, **kwargs) -> None:
        """Adds a message for the next page. Promises an email only if one can be sent."""
        template = args[0] if args else kwargs.get("message_template")
        if template == CONFIRMATION_SENT and (refusal := mailer.unavailable_reason()):
            text = gettext("The address is not confirmed. %(reason)s")
            messages.error(request, text % {"reason": refusal})
        else:
            super().add_message(request, level, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        mailer.send(self.make_mail(template_prefix, email, context))

    def make_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> EmailMessage:
        """Returns a mail in the language of the `user` of the context, who receives it."""
        request = allauth_context.request
        site = {"request": request, "email": email, "current_site": get_current_site(request)}
        with translation.override(languages.of_receiver(context.get("user"), request.user)):
            return with_html(self.render_mail(template_prefix, email, site | context), request)

    def format_email_subject(self, subject: str) -> str:
        names = {"site": identity.name(), "subject": subject}
        return gettext("%(site)s: %(subject)s") % names

    def send_password_reset_mail(self, user, email: str, context: dict[str, Any]) -> None:
        """Sends the mail. For NOBODY the mail is created and dropped, so that an unknown address
        takes the same time."""
        message = self.make_mail("account/email/password_reset_key", email, context)
        if user.pk != NOBODY:
            mailer.send(message)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation, signup: bool) -> None:
        """Sends a link, or another mail to the owner if the address already belongs to somebody."""
        email = emailconfirmation.email_address.email
        if EmailAddress.objects.is_verified(email):
            self.send_account_already_exists_mail(email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup=False)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Sends the mail in the language of the owner, who did not ask for it."""
        owner = User.objects.by_login(email)
        with translation.override(languages.of_person(owner) or settings.LANGUAGE_CODE):
            super().send_account_already_exists_mail(email)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        """Sends the mail to a confirmed address only, because any other may be a stranger's.
        `email` is an address that the user had before."""
        confirmed = EmailAddress.objects.filter(user=user, verified=True)
        if email is None:
            address = confirmed.order_by("-primary", "pk").first()
        else:
            address = confirmed.filter(email=email).first()
        if address is not None:
            context = {"user": user, **(context or {})}
            super().send_notification_mail(template_prefix, user, context, address.email)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Returns the client's address; an IPv4 address that is written as IPv6 becomes IPv4."""
        address = super().get_client_ip(request)
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return address
        return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def refuse_sign_in(request: HttpRequest, user) -> HttpResponse | None:
    """Returns the page for a user who cannot sign in with a browser, otherwise None."""
    if user.can_sign_in and not user.is_bot:
        return None
    clear_login(request)
    if not user.is_active:
        return redirect("account_inactive")
    refusal = BOT_REFUSAL if user.is_bot else DEMO_REFUSAL
    messages.error(request, str(refusal))
    return redirect("account_login")


def with_html(message: EmailMultiAlternatives, request: HttpRequest) -> EmailMessage:
    """Adds the same text as HTML, with the picture and the colours of the site."""
    text = message.body.rsplit("\n-- \n", 1)[0]  # the name is in the head
    html = render_to_string("mail.html", {"text": text, "subject": message.subject}, request)
    message.attach_alternative(html, "text/html")
    return message


class TwoFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That code is wrong or has expired."),
    }

    def get_totp_issuer(self) -> str:
        return identity.name()

    def generate_authenticator_name(self, user, type) -> str:
        return f"Key {user.authenticator_set.filter(type=type).count() + 1}"
