"""Finds @names in a text. A name can begin anywhere except within a word of a script with spaces.
The composer (mention_list.js) uses the same rule."""

import re
from collections.abc import Iterator, Mapping

from chat.rendering.scripts import is_in_word

MENTIONS_MAX = 50  # users that one message can mention
NAME = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)")
NAME_END = re.compile(r"[._-]{2}|_+\Z")


def names_in(text: str) -> set[str]:
    """Returns the first MENTIONS_MAX lower-case names after an @, and their shorter readings."""
    found: dict[str, list[str]] = {}
    for match in NAME.finditer(text):
        if len(found) < MENTIONS_MAX and can_begin(text, match.start()):
            name = match[1].lower()
            found[name] = list(readings(name))
    return {reading for names in found.values() for reading in names}


def mention_at(text: str, at: int, people: Mapping[str, int]) -> tuple[int, int] | None:
    """Returns the end of the mention at `at`, and the id of its user; None if there is none.
    `people` is {lower-case username: id}."""
    match = NAME.match(text, at)
    if match is None or not can_begin(text, at):
        return None
    after = text[match.end() : match.end() + 1]
    for name in readings(match[1].lower()):
        if name in people and (len(name) < len(match[1]) or not (after == "@" or in_word(after))):
            return at + 1 + len(name), people[name]
    return None


def can_begin(text: str, at: int) -> bool:
    """Returns False within a word, an address or after another @. An underscore may be emphasis."""
    before = text[max(at - 8, 0) : at].rstrip("_")[-1:]
    return before != "@" and not in_word(before)


def in_word(char: str) -> bool:
    return bool(char) and is_in_word(char)


def readings(name: str) -> Iterator[str]:
    """Yields a name, and the name without an end that may be emphasis or the dots of a sentence."""
    yield name
    if end := NAME_END.search(name):
        yield name[: end.start()]
