"""The time zones that a person can choose: those of the tz database that have a place's name."""

import zoneinfo
from functools import cache
from itertools import groupby

AREAS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
}
NONE = ("", "Do not show my local time")


@cache
def names() -> frozenset[str]:
    return frozenset(name for name in zoneinfo.available_timezones() if area(name) in AREAS)


@cache
def choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Returns the choices of a form field, grouped by area."""
    groups = groupby(sorted(names()), key=area)
    return [NONE, *((key, [(name, place(name)) for name in found]) for key, found in groups)]


def area(name: str) -> str:
    return name.partition("/")[0]


def place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ")
