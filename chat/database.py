"""The database that has the tables of chat, which a router of the project may choose.

Reads use it too, and no replica of it: what somebody may see is read where it is written.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from chat import users
from chat.models import Room
from presence import primary_key


def alias() -> str:
    return router.db_for_write(Room)


def connection() -> BaseDatabaseWrapper:
    return connections[alias()]


def atomic() -> transaction.Atomic:
    return transaction.atomic(using=alias())


def on_commit(function: Callable[[], Any]) -> None:
    transaction.on_commit(function, using=alias())


def user_value(pk: Any) -> Any:
    """Returns the primary key of a user as a parameter of a query; rows have the same value."""
    return primary_key.field().get_db_prep_value(pk, connection())


@cache
def active_users(alias: str) -> tuple[str, list[Any]]:
    """Returns a query of the primary keys of active users, in a column `user_pk`, and its
    parameters."""
    found = users.active().order_by().annotate(user_pk=F("pk")).values("user_pk")
    sql, parameters = found.query.get_compiler(connection=connections[alias]).as_sql()
    return sql, list(parameters)
