"""Finding somebody to talk to."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Q, QuerySet, When

from chat.exceptions import Invalid
from chat.ids import parse
from chat.models import Room
from chat.names.people import name_fields

AT = "@\N{FULLWIDTH COMMERCIAL AT}"  # people write @mary where a username is asked for
SEPARATORS = (  # between usernames
    ",;\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}\N{IDEOGRAPHIC COMMA}"
    "\N{ARABIC COMMA}\N{ARABIC SEMICOLON}"
)
PEOPLE_MAX = 20
WORDS_MAX = 5


def search(user, text: str, room: Room | None = None) -> QuerySet:
    """At most PEOPLE_MAX others, or other members of `room`, who have each word of `text` in their
    username or name; first those who have the first word at the beginning."""
    model = get_user_model()
    people = model.objects.filter(is_active=True).exclude(pk=user.pk)
    if room is not None:
        people = people.filter(memberships__room=room)
    fields = name_fields()
    words = [word.lstrip(AT) for word in text.replace("\x00", "").split()[:WORDS_MAX]]
    for word in words:
        people = people.filter(any_field_has(fields, word))
    return people.order_by(*best_first(fields, words), model.USERNAME_FIELD)[:PEOPLE_MAX]


def best_first(fields: set[str], words: list[str]) -> list[Case]:
    """Beginnings of names, then beginnings of other words in them, then the rest."""
    return [
        Case(
            When(any_field_has(fields, word, "istartswith"), then=0),
            When(any_field_has(fields, word, "icontains", before=" "), then=1),
            default=2,
        )
        for word in words[:1]
    ]


def any_field_has(fields: set[str], word: str, how: str = "icontains", before: str = "") -> Q:
    """SQLite ignores the letter case of ASCII only, hence the capital that names begin with."""
    words = {before + word, before + word.capitalize()}
    matches = [Q((f"{field}__{how}", text)) for field in fields for text in words]
    return Q(*matches, _connector=Q.OR)


def resolve_ids(chosen: Iterable[str], usernames: str) -> set[int]:
    """The ids of people given by id, or by usernames with commas or spaces between.

    Raises Invalid with the first name that nobody has."""
    found = {pk for pk in map(parse, chosen) if pk is not None}
    names = usernames
    for separator in SEPARATORS:
        names = names.replace(separator, " ")
    return found | {find(name).pk for name in names.split()}


def find(username: str) -> Any:
    """The active person of a username, also with an @ in front or spaces around it. Raises
    Invalid."""
    name = username.strip().lstrip(AT).strip()
    people = get_user_model().objects.filter(username__iexact=name, is_active=True)
    if "\0" in name or (person := people.first()) is None:
        raise Invalid(f"No user named {name[:60]}." if name else "Enter a username.")
    return person
