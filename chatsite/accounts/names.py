"""What a display name may look like: anything that prints and stays within its line."""

import unicodedata

from django.core.exceptions import ValidationError

MAX_CHARACTERS = 60
ZERO_WIDTH_JOINER = "\u200d"  # many emoji are made with it
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # among them what turns the direction of the text around


def validate(name: str) -> None:
    seen = name.replace(ZERO_WIDTH_JOINER, "")
    if any(unicodedata.category(character) in UNSEEN for character in seen):
        raise ValidationError("A name is made of characters that can be seen.")
