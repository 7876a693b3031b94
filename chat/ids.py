"""Checks and parses ids: whole numbers that fit into a database column."""

from typing import Any

from django.urls.converters import IntConverter, register_converter

ID_MAX = 2**63 - 1
DIGITS_MAX = len(str(ID_MAX))


def is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value <= ID_MAX


def parse(text: str) -> int | None:
    """Returns the id that `text` has in decimal digits, or None."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
    return int(text) if is_number and is_id(int(text)) else None


class IdConverter(IntConverter):
    """Matches `<id:room_id>` in a path. A number that cannot be an id leads to a 404."""

    def to_python(self, value: str) -> int:
        if (number := parse(value)) is None:
            raise ValueError("not an id")
        return number


register_converter(IdConverter, "id")
