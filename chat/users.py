"""What chat needs of the project's user model, whatever its fields and its primary key are.

Frames, the API and the JSON columns have a user id as JSON: the number of an integer key, and the
text of any other key.
"""

import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from chat import ids
from presence import primary_key

NAME_FIELDS = {"name", "first_name", "last_name"}
EXACT_MAX = 2**53  # a larger number is not exact in a browser
KEY_SAFE = "!$&'()*+,;=@~ "  # characters of a text key that need no escape in `join_ids`
SPREAD = 29  # shares no divisor with the number of faces

JsonId = int | str


def username_field() -> str:
    return get_user_model().USERNAME_FIELD


def name_fields() -> set[str]:
    """Returns the fields that hold the names of a user."""
    return {username_field(), *(name for name in NAME_FIELDS if has_field(name))}


def names_of(user: Any) -> dict[str, str]:
    return {field: getattr(user, field) for field in name_fields()}


def has_field(name: str) -> bool:
    return any(field.name == name for field in get_user_model()._meta.concrete_fields)


def active() -> QuerySet:
    """Returns the users who can sign in: all, if the model has no field `is_active`."""
    users = get_user_model()._default_manager.all()
    return users.filter(is_active=True) if has_field("is_active") else users


def inactive() -> QuerySet:
    """Returns the users who cannot sign in although their rows are there."""
    users = get_user_model()._default_manager.all()
    return users.filter(is_active=False) if has_field("is_active") else users.none()


def json_id(pk: Any) -> Any:
    """Returns the id as JSON; None if it is None."""
    if type(pk) is int:
        return pk if -EXACT_MAX < pk < EXACT_MAX else str(pk)
    return None if pk is None else str(pk)


def to_pk(value: Any) -> Any:
    """Returns the primary key of an id as JSON or of its text, or None if it cannot be one."""
    if primary_key.is_integer():
        number = ids.parse(value) if isinstance(value, str) else value
        return number if ids.is_id(number) else None
    field = primary_key.field()
    try:
        pk = field.to_python(value)
        field.run_validators(pk)
    except (ValidationError, OverflowError, TypeError, ValueError):
        return None
    return pk if "\0" not in str(pk) else None


def join_ids(pks: Iterable[Any]) -> str:
    """Returns one text for several primary keys: 3:9."""
    return ":".join(quote(str(pk), safe=KEY_SAFE) for pk in pks)


def split_ids(text: str) -> set[Any]:
    return {to_pk(unquote(part)) for part in text.split(":")}


def face(pk: Any, faces: int) -> int:
    """Returns the number of the picture of a user; 0 for nobody. Users with consecutive ids
    look different."""
    if pk is None:
        return 0
    return (pk * SPREAD if type(pk) is int else zlib.crc32(str(pk).encode())) % faces
