"""Reads models with hand-written SQL. Every request begins with such a query: the ORM takes ten
times as long to build it as the database takes to run it, and then works out how to convert each
column."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model


def fetch_one(query: str, parameters: Sequence[Any], **models: type[Model]) -> list[Any] | None:
    """Returns one model for each keyword argument, in their order, or None if there is no row.
    `{name}` in the query becomes all columns of the model passed as `name`, from the table of that
    name."""
    with connection.cursor() as cursor:
        cursor.execute(
            query.format(**{n: column_list(m, n) for n, m in models.items()}), parameters
        )
        row = cursor.fetchone()
    if row is None:
        return None
    found, start = [], 0
    for model in models.values():
        end = start + len(field_names(model))
        found.append(to_model(model, row[start:end]))
        start = end
    return found


def to_model(model: type[Model], row: Sequence[Any]) -> Model:
    values = list(row)
    for place, convert, expression in converters(model, connection.vendor):
        values[place] = convert(values[place], expression, connection)
    return model.from_db(connection.alias, field_names(model), values)


@cache
def column_list(model: type[Model], table: str) -> str:
    return ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)


@cache
def field_names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def converters(model: type[Model], vendor: str) -> list[tuple[int, Callable[..., Any], Any]]:
    """Returns (index, function, expression) for each column that this database stores
    differently."""
    compiler = model._default_manager.all().query.get_compiler(connection=connection)
    found = compiler.get_converters([field.cached_col for field in model._meta.concrete_fields])
    return [
        (place, convert, expression)
        for place, (functions, expression) in found.items()
        for convert in functions
    ]
