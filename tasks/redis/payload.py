"""Converts values to JSON and back, never pickle. A value comes back equal and of the same type,
except that tuples become lists. Every other value is refused instead of being changed silently."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings

from ..exceptions import TaskTooLarge

MAX_BYTES = 1 << 20
MAX_DEPTH = 100  # nested lists and dicts; orjson writes 254, and a record adds its own
INT_MIN, INT_MAX = -(1 << 63), (1 << 64) - 1
INFINITY = float("inf")
SCALARS = frozenset({str, int, float, bool, type(None)})
TYPES = "None, bool, int, float, str, list, tuple and dict"


def dumps(value: Any) -> bytes:
    """Returns the JSON of a value. Raises TypeError for a value that JSON cannot express, and
    TaskTooLarge above MAX_BYTES."""
    text = orjson.dumps(value)
    if len(text) > MAX_BYTES:
        raise TaskTooLarge(
            f"{len(text):,} bytes are more than a task may contain ({MAX_BYTES:,}):"
            " store the data elsewhere and pass its id."
        )
    return text


def normalized_args(args: Iterable[Any]) -> list[Any]:
    return [normalized(value, f"argument {place}") for place, value in enumerate(args, 1)]


def normalized_kwargs(kwargs: dict[Any, Any]) -> dict[str, Any]:
    return {
        normalized(name, "the name of an argument"): normalized(value, name)
        for name, value in kwargs.items()
    }


def normalized(value: Any, name: str) -> Any:
    """Returns a copy, equal to the value that will come back from JSON. Raises TypeError for a type
    that JSON does not have, ValueError for a value that it cannot express, and TaskTooLarge; each
    message contains the path in `name`."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        return value if value.isascii() else _Copy(name).of(value)
    if kind is int and INT_MIN <= value <= INT_MAX:
        return value
    return _Copy(name).of(value)


class _Copy:
    """Copies a value recursively. Types are compared exactly, so that no code of the value runs."""

    def __init__(self, name: str) -> None:
        self.name, self.bytes = name, 0
        self.path: list[Any] = []  # to the present value

    def of(self, value: Any) -> Any:
        kind = type(value)
        if kind is list or kind is tuple:
            return self._list(value)
        if kind is dict:
            return self._dict(value)
        if kind is str:
            return self._text(value)
        if kind is int and not INT_MIN <= value <= INT_MAX:
            raise ValueError(f"{self} is an int of more than 64 bits: pass it as a str.")
        if kind is float and not -INFINITY < value < INFINITY:
            raise ValueError(f"{self} is {value}, which JSON does not have: pass None.")
        if kind not in SCALARS:
            raise TypeError(
                f"{self} is of type {type_name(kind)}: Unsupported type. A task takes and returns"
                f" {TYPES} only, not their subclasses. Convert it first."
            )
        return value

    def _list(self, values: list | tuple) -> list:
        copy = []
        self._enter(len(values))
        for place, value in enumerate(values):
            self.path[-1] = place
            copy.append(self.of(value))
        self.path.pop()
        return copy

    def _dict(self, values: dict) -> dict[str, Any]:
        copy = {}
        self._enter(len(values))
        for key, value in values.items():
            if type(key) is not str:
                self.path.pop()
                raise TypeError(
                    f"{self} has a key of type {type_name(type(key))}: JSON has keys of type str"
                    " only."
                )
            self.path[-1] = key
            copy[self._text(key)] = self.of(value)
        self.path.pop()
        return copy

    def _enter(self, values: int) -> None:
        if len(self.path) >= MAX_DEPTH:
            raise ValueError(
                f"{self} is more than {MAX_DEPTH} lists or dicts deep, or contains itself."
            )
        self.bytes += 2 * values + 1  # at least; a value that occurs several times counts each time
        if self.bytes > MAX_BYTES:
            raise TaskTooLarge(
                f"{self.name} has more values than fit into the {MAX_BYTES:,} bytes that a task may"
                " carry: store the data elsewhere and pass its id."
            )
        self.path.append(None)

    def _text(self, value: str) -> str:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{self} has half a surrogate pair at position {error.start}, which UTF-8 does not"
                " have."
            ) from None
        return value

    def __str__(self) -> str:
        """Returns the path to the present value in Python syntax: argument 1["rooms"][3]."""
        place = "".join(f"[{step!r}]" for step in self.path)
        return self.name + (place if len(place) <= 200 else f"{place[:100]}…{place[-99:]}")


def type_name(kind: type) -> str:
    """Returns the name in the class statement, even if a metaclass changes it."""
    return type.__dict__["__qualname__"].__get__(kind)


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def to_datetime(seconds: float | str | None) -> datetime | None:
    """Converts seconds since 1970 to an aware time, or to a naive one without USE_TZ."""
    if not seconds:
        return None
    return datetime.fromtimestamp(float(seconds), UTC if settings.USE_TZ else None)


loads = orjson.loads
