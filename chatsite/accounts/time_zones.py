"""The time zones that a person can choose: those of the tz database that have a place's name.

Their labels are in chatsite/locale/<language>/time_zones.txt: each line has the names of a zone (an
old one is still valid, and some browsers send it), a tab, and the country and city of the zone.
"""

import zoneinfo
from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path

from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _

FOLDER = Path(__file__).resolve().parent.parent / "locale"
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
Zones = list[tuple[list[str], str]]  # the names of each zone, and its label


@cache
def names() -> frozenset[str]:
    return frozenset(name for name in zoneinfo.available_timezones() if area(name) in AREAS)


def choices(chosen: str = "", now: datetime | None = None) -> Choices:
    """Returns the choices of a form field, grouped by area. `chosen` may be the old name of a
    zone: it stays as it is."""
    groups = zones_by_area(get_language(), (now or datetime.now(UTC)).date())
    named = [
        (str(AREAS[key]), [(value(found, chosen), label) for found, label in groups[key]])
        for key in AREAS
    ]
    return [("", str(NONE)), *named]


def value(names: list[str], chosen: str) -> str:
    return chosen if chosen in names else names[0]


@lru_cache(maxsize=4)
def zones_by_area(language: str | None, day: date) -> dict[str, Zones]:
    """Returns the zones in the active language, with the offsets of the day."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    groups = defaultdict(list)
    for found, place in zones_in(language):
        text = gettext("{place} (UTC{offset})").format(place=place, offset=offset(found[0], now))
        groups[area(found[0])].append((found, text))
    return groups


def zones_in(language: str | None) -> Zones:
    """Returns the zones that this machine knows: first those with a label, in the order of the
    file, then those that are newer than the file."""
    rows = (line.split("\t") for line in labels(language).splitlines())
    labelled = [([name for name in row[0].split() if name in names()], row[1]) for row in rows]
    new = names().difference(*(found for found, _label in labelled))
    unlabelled = [([name], name.replace("_", " ")) for name in sorted(new)]
    return [zone for zone in (*labelled, *unlabelled) if zone[0]]


def labels(language: str | None) -> str:
    path = FOLDER / to_locale(language or "en") / "time_zones.txt"
    path = path if path.exists() else FOLDER / "en" / path.name
    return path.read_text(encoding="utf-8")


def offset(name: str, now: datetime) -> str:
    """Returns the difference to UTC, such as +05:30."""
    return now.astimezone(zoneinfo.ZoneInfo(name)).isoformat()[-6:]


def area(name: str) -> str:
    return name.partition("/")[0]
