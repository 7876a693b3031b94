from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import Warning, register
from django.db import DatabaseError

from chatsite.accounts.models import User


@register
def check_accounts(**options: Any) -> list[Warning]:
    return list(demo_accounts())


def demo_accounts() -> Iterator[Warning]:
    if settings.DEBUG:
        return
    if names := ", ".join(names_of_demo_accounts()):
        yield Warning(
            f"Nobody can sign in to these demo accounts while DEBUG is off: {names}",
            hint="Deactivate them with `manage.py demo --deactivate`. To keep one, set a new"
            " password while DEBUG is off: `manage.py changepassword NAME`.",
            id="accounts.W001",
        )


def names_of_demo_accounts() -> list[str]:
    """Returns the usernames; an empty list if the database cannot be reached, or has no tables
    yet."""
    people = User.objects.filter(is_demo=True, is_active=True).order_by("username")
    try:
        return list(people.values_list("username", flat=True))
    except DatabaseError:
        return []
