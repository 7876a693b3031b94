"""Finds users by name."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Q, QuerySet, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat import users
from chat.exceptions import Invalid, Text
from chat.models import Membership, Room

AT = "@\N{FULLWIDTH COMMERCIAL AT}"  # users also type @mary as a username
SEPARATORS = (  # between usernames
    ",;\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}\N{IDEOGRAPHIC COMMA}"
    "\N{ARABIC COMMA}\N{ARABIC SEMICOLON}"
)
PEOPLE_MAX = 20
USERNAMES_MAX = 50  # that are looked up together
WORDS_MAX = 5


def search(user, text: str, room: Room | None = None) -> QuerySet:
    """Returns at most PEOPLE_MAX other users, or other members of `room`, whose names contain each
    word of `text`. Names that begin with the first word come first."""
    people = users.active().exclude(pk=user.pk)
    if room is not None:
        members = Membership.objects.filter(room=room).values("user")
        people = people.filter(pk__in=members)
    fields = users.name_fields()
    words = [word.lstrip(AT) for word in text.replace("\x00", "").split()[:WORDS_MAX]]
    for word in words:
        people = people.filter(any_field_has(fields, word))
    return people.order_by(*best_first(fields, words), users.username_field())[:PEOPLE_MAX]


def best_first(fields: set[str], words: list[str]) -> list[Case]:
    """Orders by matches at the beginning of a name, then of another word in it, then the rest."""
    return [
        Case(
            When(any_field_has(fields, word, "istartswith"), then=0),
            When(any_field_has(fields, word, "icontains", before=" "), then=1),
            default=2,
        )
        for word in words[:1]
    ]


def any_field_has(fields: set[str], word: str, how: str = "icontains", before: str = "") -> Q:
    """Returns the condition that any field contains the word. SQLite ignores the case of ASCII
    letters only, so the capitalized word is also searched."""
    words = {before + word, before + word.capitalize()}
    matches = [Q((f"{field}__{how}", text)) for field in fields for text in words]
    return Q(*matches, _connector=Q.OR)


def resolve_ids(chosen: Iterable[str], usernames: str) -> set[Any]:
    """Returns the ids of users given by their ids, and by usernames separated by commas or spaces.
    Raises Invalid for an unknown username, or for too many."""
    found = {pk for pk in map(users.to_pk, chosen) if pk is not None}
    names = usernames
    for separator in SEPARATORS:
        names = names.replace(separator, " ")
    typed = names.split()
    if len(typed) > USERNAMES_MAX:
        raise Invalid(format_lazy(_("Enter at most {count} usernames."), count=USERNAMES_MAX))
    return found | {find(name).pk for name in typed}


def find(username: str) -> Any:
    """Returns the active user of this username, which may have an @ before it and spaces around it.
    Raises Invalid if there is none."""
    name = username.strip().lstrip(AT).strip()
    field = users.username_field()
    people = users.active().filter(**{f"{field}__iexact": name})
    exact_first = Case(When(**{field: name}, then=0), default=1)
    if "\0" in name or (person := people.order_by(exact_first, "pk").first()) is None:
        raise Invalid(unknown(name))
    return person


def unknown(name: str) -> Text:
    if not name:
        return _("Enter a username.")
    return format_lazy(_("No user named {name}."), name=name[:60])
