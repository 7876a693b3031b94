"""Converts user ids, which are the primary keys of the user model, of any type.

Redis has an integer as itself, and any other key as the text of its database value.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models

UserId = Any  # a value of the primary key


def is_integer() -> bool:
    return _is_integer(settings.AUTH_USER_MODEL)


def normalize(user_ids: Iterable[UserId]) -> Iterable[UserId]:
    """Returns the ids as the user model has them: a UUID may be given as text. Raises
    ValidationError for a value that cannot be a key."""
    return user_ids if is_integer() else [field().to_python(user_id) for user_id in user_ids]


def encode(user_ids: Iterable[UserId]) -> Iterable[int | str]:
    """Returns the ids as they are in Redis."""
    if is_integer():
        return user_ids
    prepare = field().get_prep_value
    return [str(prepare(user_id)) for user_id in user_ids]


def decode(user_ids: Iterable[str | bytes]) -> Iterable[UserId]:
    """Reverses `encode`. Raises ValueError for the id of another user model."""
    return map(decoder(), user_ids)


def decoder() -> Callable[[Any], UserId]:
    if is_integer():
        return int
    to_python = field().to_python

    def decode(user_id: str | bytes) -> UserId:
        try:
            return to_python(text(user_id))
        except ValidationError as error:
            raise ValueError(*error.messages) from error

    return decode


def text(value: str | bytes) -> str:
    """Returns the text of a reply. The project's own client may return bytes."""
    return value.decode() if isinstance(value, bytes) else value


def field() -> models.Field:
    return _field(settings.AUTH_USER_MODEL)


@cache
def _is_integer(user_model: str) -> bool:
    found = _field(user_model)
    # A field with values of its own, such as obfuscated numbers, is handled as text.
    return isinstance(found, models.IntegerField) and not hasattr(found, "from_db_value")


@cache
def _field(user_model: str) -> models.Field:
    found: Any = get_user_model()._meta.pk
    while found.remote_field:  # the key of a child model is that of its parent
        found = found.target_field
    return cast(models.Field, found)
