"""Reads messages: pages of history, and changes since a version."""

from collections.abc import Iterable
from dataclasses import dataclass

from chat.exceptions import Forbidden
from chat.ids import ID_MAX
from chat.models import Message, MessageQuerySet, Room
from chat.rendering import parts

PAGE_MESSAGES = 50
CHANGES_MAX = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A page of messages, oldest first, with their authors and the messages that they reply to.
    `older` and `newer` tell whether there are more."""

    messages: list[Message]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """The messages that changed since a version, in their current state, ordered by version.

    `reset` is true if there are more than CHANGES_MAX, or if the room never had that version: the
    client has to load the room again.
    """

    head: int
    messages: list[Message]
    reset: bool


def page(
    room: Room,
    before: int | None = None,
    after: int | None = None,
    at: int | None = None,
    limit: int = PAGE_MESSAGES,
) -> Page:
    """Returns the latest messages, or those before, after or around (`at`) a seq."""
    if at is not None:
        return around(room, at, limit)
    if after is not None:
        messages = fetch(with_authors(room).filter(seq__gt=after).order_by("seq")[: limit + 1])
        return Page(messages[:limit], older=after > 0, newer=len(messages) > limit)
    query = with_authors(room)
    if before is not None:
        query = query.filter(seq__lt=before)
    messages = fetch(query.order_by("-seq")[: limit + 1])
    return Page(messages[:limit][::-1], older=len(messages) > limit, newer=before is not None)


def around(room: Room, seq: int, limit: int) -> Page:
    earlier = page(room, before=min(seq + 1, ID_MAX), limit=limit // 2)
    later = page(room, after=seq, limit=limit // 2)
    return Page(earlier.messages + later.messages, earlier.older, later.newer)


def changes(room: Room, since: int, limit: int = CHANGES_MAX) -> Changes:
    """Returns the changes after `since`. It includes all changes up to `room.head`, and may include
    later ones."""
    if since > room.head or since < room.reset_version:
        return Changes(room.head, [], reset=True)
    messages = fetch(with_authors(room).filter(version__gt=since).order_by("version")[: limit + 1])
    if len(messages) > limit:
        return Changes(room.head, [], reset=True)
    return Changes(messages[-1].version if messages else since, messages, reset=False)


def room_and_changes(user, room_id: int, since: int | None) -> tuple[Room, Changes]:
    """Returns the room and its changes after `since`; none if it is None. Raises Forbidden if the
    user cannot see the room."""
    room = Room.objects.visible_to(user).filter(pk=room_id).first()
    if room is None:
        raise Forbidden
    if since is None:
        return room, Changes(room.head, [], reset=False)
    return room, changes(room, since)


def heads(room_ids: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Returns pairs of room id and head."""
    return Room.objects.filter(pk__in=room_ids).values_list("pk", "head")


def fetch(query: MessageQuerySet) -> list[Message]:
    messages = list(query)
    parts.load(messages)
    return messages


def with_authors(room: Room) -> MessageQuerySet:
    return Message.objects.filter(room=room).select_related("author", "reply_to__author")
