from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

BOT_REFUSAL = "A bot signs in with a token only."
DEMO_REFUSAL = "Demo accounts cannot sign in to this site."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been closed. Ask whoever runs this site.",
        "username_taken": "Somebody has that username already.",
        "invalid_login": "That name and password do not go together.",
        "username_password_mismatch": "That name and password do not go together.",
        "email_password_mismatch": "That address and password do not go together.",
        "too_many_login_attempts": "Too many failed attempts. Try again in a few minutes.",
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password.",
        "rate_limited": "Too many attempts. Try again in a few minutes.",
        "email_taken": "Somebody has that address already.",
        "duplicate_email": "It is one of yours already.",
        "max_email_addresses": "An account has at most %d addresses.",
        "cannot_remove_primary_email": "It is your primary address. Choose another one first.",
    }

    def save_user(self, request: HttpRequest, user, form, commit: bool = True):
        """Of two people asking for one name at the same moment both pass the form, and one this."""
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError as error:
            messages.error(request, self.error_messages["username_taken"])
            raise ImmediateHttpResponse(redirect("account_signup")) from error

    def pre_login(self, request: HttpRequest, user, **options):
        """Called for every way to sign in: by password, by mail or with a passkey."""
        return turn_away(request, user) or super().pre_login(request, user, **options)

    def login(self, request: HttpRequest, user) -> None:
        """After the second step. The account may have been closed since the first."""
        if (response := turn_away(request, user)) is not None:
            raise ImmediateHttpResponse(response)
        super().login(request, user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count for a name and an address together, so that nobody can lock somebody else
        out of their account from elsewhere."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"


def turn_away(request: HttpRequest, user) -> HttpResponse | None:
    """The page for a user who cannot sign in with a browser, otherwise None."""
    if user.can_sign_in and not user.is_bot:
        return None
    clear_login(request)
    if not user.is_active:
        return redirect("account_inactive")
    refusal = BOT_REFUSAL if user.is_bot else DEMO_REFUSAL
    messages.error(request, refusal)
    return redirect("account_login")


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That is not the code, or not any more.",
    }

    def generate_authenticator_name(self, user, type) -> str:
        return f"Key {user.authenticator_set.filter(type=type).count() + 1}"
