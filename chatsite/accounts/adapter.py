from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been closed. Ask whoever runs this site.",
        "username_taken": "Somebody has that username already.",
        "invalid_login": "That name and password do not go together.",
        "username_password_mismatch": "That name and password do not go together.",
        "email_password_mismatch": "That address and password do not go together.",
        "too_many_login_attempts": "Too many failed attempts. Try again in a few minutes.",
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
        """However they came: by password, by mail or with a passkey."""
        if user.is_bot:
            messages.error(request, "A bot signs in with a token only.")
            return redirect("account_login")
        return super().pre_login(request, user, **options)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count for a name and an address together, so that nobody can lock somebody else
        out of their account from elsewhere."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
