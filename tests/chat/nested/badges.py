"""A nested app that exists only in these tests: badges on messages.

A message may have badges (parts). A silenced user cannot post (admission). The app receives
changes, has a section on the settings pages, and a frame with which a member gives a badge.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from chat.events import events, receivers
from chat.exceptions import ChatError, Forbidden
from chat.models import Message
from chat.protocol import client_frames, server_frames
from chat.protocol.client_frames import AppFrame, text, whole
from chat.rendering import parts
from chat.rendering.parts import Kind, Part
from chat.services import admission, editing
from chat.services.posts import Post
from chat.views import sections
from chat.views.sections import PersonSection, RoomSection

renderings: list[int] = []  # the number of parts that each call rendered
received: list[list[int]] = []  # ids of messages, for each call
silenced: set[int] = set()  # ids of people


def badge(name: str) -> dict[str, Any]:
    return {"kind": "badge", "name": name}


def html(found: Sequence[Part]) -> list[str]:
    renderings.append(len(found))
    return [format_html('<b class="badge-part">{}</b>', part.content["name"]) for part in found]


def data(found: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"name": part.content["name"], "of": part.message.pk} for part in found]


def refuse_silenced(posts: Sequence[Post]) -> Mapping[tuple[Any, Any], ChatError]:
    if not silenced:
        return {}
    error = Forbidden("You cannot post until tomorrow.")
    return {post.key: error for post in posts if post.user.pk in silenced}


def record_changes(messages: Sequence[Message]) -> None:
    received.append([message.pk for message in messages])


def give_badge(user: Any, frame: dict[str, Any]) -> dict[str, Any]:
    message = Message.objects.visible_to(user).filter(pk=frame["message"]).first()
    if message is None:
        raise Forbidden
    editing.change_parts(message.pk, lambda known: [*known, badge(frame["name"])])
    events.send({"type": "badged", "by": user.pk}, [message.author_id])
    return {"type": "badge_given", "message": message.pk}


def install() -> None:
    """Registers the app, as the ready() of an AppConfig does."""
    parts.register("badge", Kind(html, data))
    admission.register(refuse_silenced)
    receivers.register(record_changes)
    client_frames.register("badge", AppFrame({"message": whole, "name": text}, give_badge))
    for type in ("badged", "badge_given"):
        server_frames.declare(type)
    room = RoomSection("Badges", lambda request, room: f"Badges in <{room.name}>")
    person = PersonSection("My badges", lambda request: f"Badges of {request.user.username}")
    sections.register_room_section("badges", room)
    sections.register_person_section("badges", person)


def remove() -> None:
    """Unregisters the app, as the tests of the core run without it."""
    parts.unregister("badge")
    admission.unregister(refuse_silenced)
    receivers.unregister(record_changes)
    del client_frames.app_frames["badge"]
    server_frames._declared.difference_update({"badged", "badge_given"})
    del sections.room_sections["badges"], sections.person_sections["badges"]
    for known in (renderings, received, silenced):
        known.clear()
