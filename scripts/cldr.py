"""Writes the names of time zones and alphabets in each language: python -m scripts.cldr

They are those of Unicode's CLDR, which Babel has, so nobody translates them by hand. The site reads
small files instead of Babel, which would take 10 MB in each process. Each line has a name of the
program, a tab, and the name that users see.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import unicodedataplus as unicode
from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

from scripts.catalogues import LANGUAGES, ROOT

TZDATA = files("tzdata")


def main() -> None:
    for language in ("en", *LANGUAGES):
        for path, text in contents(language).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def contents(language: str) -> dict[Path, str]:
    """Returns the text of each file of a language."""
    locale = Locale.parse(language)
    return {
        ROOT / f"chat/locale/{language}/alphabets.txt": lines(alphabets(locale)),
        ROOT / f"chatsite/locale/{language}/time_zones.txt": lines(
            sorted(time_zones(locale), key=lambda pair: order(locale)(pair[1]))
        ),
    }


def lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}\t{label}\n" for name, label in pairs)


def alphabets(locale: Locale) -> Iterable[tuple[str, str]]:
    for code, name in sorted(unicode.property_value_by_alias["script"].items()):
        if code in locale.scripts:
            yield name, locale.scripts[code]


def time_zones(locale: Locale) -> Iterable[tuple[str, str]]:
    """Yields the names of a zone, separated by spaces with its old ones last, and its label."""
    old_names = defaultdict(list)
    areas = {area(name) for name in zones()}
    for name in text_of("zones").split():
        if name not in zones() and area(name) in areas:
            old_names[new_name(name)].append(name)
    for name, country in zones().items():
        places = locale.territories[country], get_timezone_location(name, locale, True)
        yield " ".join([name, *old_names[name]]), " – ".join(dict.fromkeys(places))


def area(name: str) -> str:
    return name.partition("/")[0]


@cache
def zones() -> dict[str, str]:
    """Returns the country's code of each zone."""
    rows = text_of("zoneinfo/zone.tab").splitlines()
    fields = (row.split("\t") for row in rows if not row.startswith("#"))
    return {name: country for country, _coordinates, name, *_comment in fields}


def new_name(name: str) -> str | None:
    """Returns the zone that an old name is for. CLDR knows more exactly than the tz database, which
    joins places that had the same time since 1970."""
    aliases = get_global("zone_aliases")
    same = (zone for zone in zones() if aliases.get(zone, zone) == aliases.get(name, name))
    return next(same, None) or links().get(name)


@cache
def links() -> dict[str, str]:
    rows = text_of("zoneinfo/tzdata.zi").splitlines()
    return {row.split()[2]: row.split()[1] for row in rows if row.startswith("L ")}


def text_of(name: str) -> str:
    return TZDATA.joinpath(name).read_text(encoding="utf-8")


def order(locale: Locale) -> Callable[[str], object]:
    """Returns a sort key. The order of GB 18030 is that of the sounds of common characters."""
    return (lambda text: text.encode("gb18030")) if locale.language == "zh" else str.casefold


if __name__ == "__main__":
    main()
