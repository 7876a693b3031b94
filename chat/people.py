"""Finding somebody to talk to."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from chat.exceptions import Invalid
from chat.models import Room

PEOPLE_MAX = 20
WORDS_MAX = 5
NAME_FIELDS = {"username", "name", "first_name", "last_name"}


def search(user, text: str, room: Room | None = None) -> QuerySet:
    """At most PEOPLE_MAX others, or other members of `room`, who have each word of `text` in their
    username or name."""
    model = get_user_model()
    people = model.objects.filter(is_active=True).exclude(pk=user.pk).order_by(model.USERNAME_FIELD)
    if room is not None:
        people = people.filter(memberships__room=room)
    fields = NAME_FIELDS & {field.name for field in model._meta.get_fields()}
    for word in text.replace("\x00", "").split()[:WORDS_MAX]:
        people = people.filter(any_has(fields, word))
    return people[:PEOPLE_MAX]


def any_has(fields: set[str], word: str) -> Q:
    """SQLite ignores the letter case of ASCII only, hence the capital that names begin with."""
    words = {word, word.capitalize()}
    matches = [Q((f"{field}__icontains", text)) for field in fields for text in words]
    return Q(*matches, _connector=Q.OR)


def ids(chosen: Iterable[str], usernames: str) -> set[int]:
    """The ids of people given by id, or by usernames with commas or spaces between.

    Raises Invalid with the first name that nobody has."""
    found = {int(pk) for pk in chosen if pk.isascii() and pk.isdecimal()}
    for name in usernames.replace(",", " ").replace("@", " ").split():
        person = get_user_model().objects.filter(username__iexact=name, is_active=True).first()
        if person is None:
            raise Invalid(f"There is nobody called {name[:60]}.")
        found.add(person.pk)
    return found
