"""What a username may look like. It is what @mentions are written with, hence no spaces."""

from django.core.validators import MaxLengthValidator, RegexValidator

MAX_CHARACTERS = 30
PATTERN = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?"

validators = [
    RegexValidator(
        rf"(?i)^{PATTERN}\Z",
        "A username is made of the letters a to z, digits, and . _ - between them.",
    ),
    MaxLengthValidator(MAX_CHARACTERS),
]
