"""Validators of usernames. Mentions are written with usernames, so spaces are not allowed."""

from collections.abc import Callable
from typing import Any

from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

USERNAME_MAX_CHARACTERS = 30
# Both cases are listed, because (?i)[a-z] also matches four letters outside ASCII, such as U+212A.
USERNAME_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"

username_validators: list[Callable[[Any], None]] = [
    RegexValidator(
        rf"\A{USERNAME_PATTERN}\Z",
        _("Use the letters a to z, digits, and . _ - between them."),
    ),
    MaxLengthValidator(USERNAME_MAX_CHARACTERS),
]
