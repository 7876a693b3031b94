"""The names of alphabets in each language: chat/locale/<language>/alphabets.txt."""

from functools import cache
from pathlib import Path

from django.utils.functional import lazy
from django.utils.translation import get_language, to_locale

FOLDER = Path(__file__).resolve().parent.parent / "locale"


def name_of(script: str) -> str:
    """Returns the name of one of Unicode's scripts in the active language."""
    return names_in(get_language()).get(script, script)


lazy_name_of = lazy(name_of, str)


@cache
def names_in(language: str | None) -> dict[str, str]:
    path = FOLDER / to_locale(language or "en") / "alphabets.txt"
    path = path if path.exists() else FOLDER / "en" / path.name
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
