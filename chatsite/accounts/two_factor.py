"""The codes of the second step. Attempts are limited, and each code works once."""

import time
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.app_settings import TOTP_PERIOD, TOTP_TOLERANCE
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.db import transaction

from chatsite.accounts.exceptions import TooManyFailures
from chatsite.accounts.failed_sign_ins import attempt, two_factor_limits


class LimitedCodeForm(forms.BaseAuthenticateForm):
    authenticator: Authenticator

    def clean_code(self) -> str:
        try:
            with attempt(two_factor_limits(self.user)) as outcome:
                try:
                    return self.check_code()
                except ValidationError:
                    outcome.failed = True
                    raise
        except TooManyFailures:
            raise get_account_adapter().validation_error("too_many_login_attempts") from None

    def check_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not use_code(
            self.authenticator, code
        ):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(LimitedCodeForm, forms.AuthenticateForm):
    pass


class ReauthenticateForm(LimitedCodeForm, forms.ReauthenticateForm):
    pass


@transaction.atomic
def use_code(authenticator: Authenticator, code: str, now: float | None = None) -> bool:
    """Returns whether the code is unused, and marks it as used with all earlier ones. This is
    stored in the database, because a cache may lose it, and allauth's own remembers a code for one
    period only."""
    stored = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
    step = period_of(stored.data, code, now) if stored else None
    if stored is None or step is None or step <= stored.data.get("last_step", -1):
        return False
    stored.data["last_step"] = step
    stored.save(update_fields=["data"])
    return True


def period_of(data: dict[str, Any], code: str, now: float | None = None) -> int | None:
    """Returns the number of the code's period, or None if the code is wrong."""
    secret = decrypt(data["secret"])
    current = int(time.time() if now is None else now) // TOTP_PERIOD
    for step in range(current - TOTP_TOLERANCE, current + TOTP_TOLERANCE + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None
