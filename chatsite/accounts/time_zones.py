"""The time zones that a person can choose: those of the tz database that have a place's name."""

import zoneinfo
from functools import cache
from itertools import groupby

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian"),
    "Pacific": _("Pacific"),
}
NONE = _("Do not show my local time")

Choices = list[tuple[str, str | list[tuple[str, str]]]]


@cache
def names() -> frozenset[str]:
    return frozenset(name for name in zoneinfo.available_timezones() if area(name) in AREAS)


def choices() -> Choices:
    """Returns the choices of a form field, grouped by area."""
    return choices_in(get_language())


@cache
def choices_in(language: str | None) -> Choices:
    """Returns the choices in the active language, which is the key of the cache."""
    groups = groupby(sorted(names()), key=area)
    named = ((str(AREAS[key]), [(name, place(name)) for name in found]) for key, found in groups)
    return [("", str(NONE)), *named]


def area(name: str) -> str:
    return name.partition("/")[0]


def place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ")
