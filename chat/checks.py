"""System checks of the project's database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import Error, Tags, register
from django.db import connection


@register(Tags.database)
def check_database(databases: Sequence[str] | None, **options: Any) -> list[Error]:
    if not databases or connection.features.can_return_columns_from_insert:
        return []
    return [
        Error(
            "The database does not support INSERT … RETURNING.",
            hint="Use SQLite 3.35 or newer, or PostgreSQL.",
            id="chat.E001",
        )
    ]
