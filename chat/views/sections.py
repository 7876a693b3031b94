"""Sections that nested apps add to the page of a room, and to that of a person's own settings."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.models import Room


class RoomSection(NamedTuple):
    """`html` returns what stands below the title, a form with an address of the app's own for
    example; empty where the person is to see nothing of the section. The page is shown to whoever
    may see the room."""

    title: str
    html: Callable[[HttpRequest, Room], SafeString | str]


class PersonSection(NamedTuple):
    """As a RoomSection, about `request.user`."""

    title: str
    html: Callable[[HttpRequest], SafeString | str]


room_sections: dict[str, RoomSection] = {}  # by id on the page, in the order of registration
person_sections: dict[str, PersonSection] = {}


def register_room_section(id: str, section: RoomSection) -> None:
    room_sections[id] = section


def register_person_section(id: str, section: PersonSection) -> None:
    person_sections[id] = section


def of_room(request: HttpRequest, room: Room) -> list[dict[str, str]]:
    shown = {id: (s.title, s.html(request, room)) for id, s in room_sections.items()}
    return [{"id": id, "title": title, "html": html} for id, (title, html) in shown.items() if html]


def of_person(request: HttpRequest) -> list[dict[str, str]]:
    shown = {id: (s.title, s.html(request)) for id, s in person_sections.items()}
    return [{"id": id, "title": title, "html": html} for id, (title, html) in shown.items() if html]
