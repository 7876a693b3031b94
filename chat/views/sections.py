"""Sections of nested apps on the settings pages of a room and of a user."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.exceptions import Text
from chat.models import Room


class RoomSection(NamedTuple):
    """A section of the page of a room, which everybody who can see the room can open. `html`
    returns the content below the title, for example a form of the app. If it is empty, the section
    is not shown to this user."""

    title: Text
    html: Callable[[HttpRequest, Room], SafeString | str]


class PersonSection(NamedTuple):
    """A section of the settings page of `request.user`, like a RoomSection."""

    title: Text
    html: Callable[[HttpRequest], SafeString | str]


room_sections: dict[str, RoomSection] = {}  # by id on the page, in the order of registration
person_sections: dict[str, PersonSection] = {}


def register_room_section(id: str, section: RoomSection) -> None:
    room_sections[id] = section


def register_person_section(id: str, section: PersonSection) -> None:
    person_sections[id] = section


def of_room(request: HttpRequest, room: Room) -> list[dict[str, Text]]:
    shown = {id: (s.title, s.html(request, room)) for id, s in room_sections.items()}
    return [{"id": id, "title": title, "html": html} for id, (title, html) in shown.items() if html]


def of_person(request: HttpRequest) -> list[dict[str, Text]]:
    shown = {id: (s.title, s.html(request)) for id, s in person_sections.items()}
    return [{"id": id, "title": title, "html": html} for id, (title, html) in shown.items() if html]
