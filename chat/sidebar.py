"""The lists of a person's rooms and conversations. By hand like rows: they are on every page."""

from collections.abc import Iterable
from functools import cache
from html import escape

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from chat.faces import face
from chat.models import Room
from chat.rooms import UNREAD_MAX, Person, RoomCard

ICON = '<svg aria-hidden="true"><use href="{}#{}"/></svg>'
CURRENT, NAMED = ' aria-current="page"', ' class="mention"'
DRAFT = '<span class="draft" title="Draft">{}<span class="unseen"> draft</span></span>'
BADGE = '<span class="badge">{}<span class="unseen"> unread{}</span></span>'


def rooms_html(cards: Iterable[RoomCard], current: int | None) -> SafeString:
    return links((card for card in cards if is_listed(card)), current)


def archived_html(cards: Iterable[RoomCard], current: int | None) -> SafeString:
    return links((card for card in cards if card.is_archived), current)


def is_listed(card: RoomCard) -> bool:
    return card.kind != Room.Kind.DIRECT and not card.is_archived


def links(cards: Iterable[RoomCard], current: int | None) -> SafeString:
    names = {Room.Kind.PRIVATE.value: "lock"}
    html = (link(card, icon(names.get(card.kind, "hash")), current) for card in cards)
    return mark_safe("".join(html))  # noqa: S308 - link escapes


def direct_html(cards: Iterable[RoomCard], current: int | None) -> SafeString:
    html = (
        link(card, faces_of(card.people), current)
        for card in cards
        if card.kind == Room.Kind.DIRECT
    )
    return mark_safe("".join(html))  # noqa: S308 - link escapes


def faces_of(people: list[Person]) -> str:
    return one_face(people[0]) if len(people) == 1 else icon("people")


def one_face(person: Person) -> str:
    return face(person.id, person.name, "small", person.handle)


def link(card: RoomCard, icon: str, current: int | None) -> str:
    is_current = card.id == current
    unread = 0 if is_current else card.unread
    state = CURRENT if is_current else NAMED if card.mentions else ""
    note = badge(unread, card.mentions) if unread else "" if is_current else draft(card)
    return (
        f'<li><a href="/rooms/{card.id}/" data-room="{card.id}" data-unread="{unread}"{state}>'
        f'{icon}<span class="name" dir="auto">{escape(card.name or "Nobody")}</span>{note}</a></li>'
    )


def badge(unread: int, mentions: int) -> str:
    return BADGE.format(count(unread), ", naming you" if mentions else "")


def draft(card: RoomCard) -> str:
    return DRAFT.format(icon("pencil")) if card.draft else ""


@cache
def icon(name: str) -> str:
    return ICON.format(static("chat/icons.svg"), name)


def count(unread: int) -> str:
    return str(unread) if unread < UNREAD_MAX else f"{UNREAD_MAX - 1}+"
