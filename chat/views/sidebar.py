"""Renders the lists of a user's rooms and conversations, without templates: they are on every
page."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from typing import NamedTuple

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from chat.models import Room
from chat.rendering import addresses
from chat.rendering.addresses import Mount
from chat.rendering.avatars import avatar_html
from chat.services.room_list import UNREAD_MAX, Person, RoomSummary

ICON = '<svg aria-hidden="true"><use href="{}#{}"/></svg>'
CURRENT, MENTIONED = ' aria-current="page"', ' class="mention"'
NEW = '<span class="new">{}</span>'
DRAFT = '<span class="draft" title="{}">{}<span class="unseen"> {}</span></span>'
BADGE = '<span class="badge">{}<span class="unseen"> {}</span></span>'


class Words(NamedTuple):
    """The words in the lists. `unread` and `mentioned` follow the number of unread messages."""

    new: str
    draft_title: str
    draft: str
    unread: str
    mentioned: str
    nobody: str


def current_words() -> Words:
    """Returns the words in the language of the page."""
    return words_of(get_language())


@cache
def words_of(language: str | None) -> Words:
    return Words(
        pgettext("room", "New"),
        gettext("Draft"),
        gettext("draft"),
        gettext("unread"),
        gettext("unread, mentioning you"),
        gettext("Nobody"),
    )


def rooms_html(
    rooms: Iterable[RoomSummary], current: int | None, mount: Mount | None = None
) -> SafeString:
    return links((room for room in rooms if is_listed(room)), current, mount)


def archived_html(
    rooms: Iterable[RoomSummary], current: int | None, mount: Mount | None = None
) -> SafeString:
    return links((room for room in rooms if room.is_archived), current, mount)


def is_listed(room: RoomSummary) -> bool:
    return room.kind != Room.Kind.DIRECT and not room.is_archived


def links(
    rooms: Iterable[RoomSummary], current: int | None, mount: Mount | None = None
) -> SafeString:
    """Renders the links to rooms. A page with several lists looks up its `mount` once."""
    room_url, words = (mount or addresses.current()).room, current_words()
    html = (link(room, sign(room), current, room_url, words) for room in rooms)
    return mark_safe("".join(html))  # noqa: S308 - link escapes


def sign(room: RoomSummary) -> str:
    if room.kind == Room.Kind.DIRECT:
        return avatar_or_icon(room.people)
    return icon("lock" if room.kind == Room.Kind.PRIVATE else "hash")


def direct_html(
    rooms: Iterable[RoomSummary], current: int | None, mount: Mount | None = None
) -> SafeString:
    return links((room for room in rooms if room.kind == Room.Kind.DIRECT), current, mount)


def avatar_or_icon(people: Sequence[Person]) -> str:
    return small_avatar(people[0]) if len(people) == 1 else icon("people")


def small_avatar(person: Person) -> str:
    return avatar_html(person.id, person.name, "small", person.handle)


def link(
    room: RoomSummary,
    icon: str,
    current: int | None,
    room_url: Callable[[int], str],
    words: Words,
) -> str:
    is_current = room.id == current
    unread = 0 if is_current else room.unread
    state = CURRENT if is_current else MENTIONED if room.mentions else ""
    suffix = "" if is_current else mark(room, words)
    kind = ' class="direct"' if room.kind == Room.Kind.DIRECT else ""
    people = f' data-people="{escape(room.names)}"' if room.has_own_name else ""
    place = f' data-favourite="{room.favourite_position}"' if room.is_favourite else ""
    return (
        f'<li{kind}><a href="{room_url(room.id)}" data-room="{room.id}" data-unread="{unread}"'
        f"{people}{place}{state}>{icon}"
        f'<span class="name" dir="auto">{escape(room.name or words.nobody)}</span>{suffix}</a></li>'
    )


def mark(room: RoomSummary, words: Words) -> str:
    new = NEW.format(words.new) if room.is_new else ""
    return new + (badge(room, words) if room.unread else draft(room, words))


def badge(room: RoomSummary, words: Words) -> str:
    return BADGE.format(count(room.unread), words.mentioned if room.mentions else words.unread)


def draft(room: RoomSummary, words: Words) -> str:
    return draft_html(words) if room.draft else ""


def draft_mark() -> SafeString:
    return mark_safe(draft_html(current_words()))  # noqa: S308 - nothing of a user is in it


def draft_html(words: Words) -> str:
    return DRAFT.format(words.draft_title, icon("pencil"), words.draft)


@cache
def icon(name: str) -> str:
    return ICON.format(static("chat/icons.svg"), name)


def count(unread: int) -> str:
    return str(unread) if unread < UNREAD_MAX else f"{UNREAD_MAX - 1}+"
