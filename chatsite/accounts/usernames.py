"""Makes a username from a display name in any script."""

import re
import secrets
from collections.abc import Iterator

from anyascii import anyascii

from chatsite.accounts.models import PersonNameKey, User
from chatsite.accounts.validators import USERNAME_MAX_CHARACTERS

ENDINGS = 20  # mary, mary2, … mary20; after that, random digits
DIGITS = 6
FALLBACK = "member"  # for a name that has no letters in any spelling


def free(name: str) -> str:
    """Returns a username like the name that nobody has. Somebody may take it in the next moment."""
    return next(username for username in candidates(name) if not is_taken(username))


def candidates(name: str) -> Iterator[str]:
    base = spelled(name)
    yield base
    for ending in range(2, ENDINGS + 1):
        yield f"{base}{ending}"
    while True:
        yield f"{base}{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def spelled(name: str) -> str:
    """Returns the name in the letters of usernames: "Mary Ann" is mary-ann, "李明" is liming."""
    words = re.findall(r"[a-z0-9]+", anyascii(name).lower())
    return "-".join(words)[: USERNAME_MAX_CHARACTERS - DIGITS].rstrip("-") or FALLBACK


def is_taken(username: str) -> bool:
    same = User.objects.filter(username__iexact=username)
    return same.exists() or PersonNameKey.is_taken(User(), username)
