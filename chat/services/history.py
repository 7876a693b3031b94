"""Reading what was said."""

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
    """Messages, oldest first, with their authors and what they answer; whether there are others."""

    messages: list[Message]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Each message changed since a version, in its present state, by version. `reset`: there are
    more than CHANGES_MAX, or the version is one the room never had; load the page anew."""

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
    """The latest messages, or those before or after a seq, or those around one (`at`)."""
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
    """`room.head` must have been read before: whatever was committed since then is included."""
    if since > room.head or since < room.reset_version:
        return Changes(room.head, [], reset=True)
    messages = fetch(with_authors(room).filter(version__gt=since).order_by("version")[: limit + 1])
    if len(messages) > limit:
        return Changes(room.head, [], reset=True)
    return Changes(messages[-1].version if messages else since, messages, reset=False)


def room_and_changes(user, room_id: int, since: int | None) -> tuple[Room, Changes]:
    """For whoever opens a room. Raises Forbidden where it is not theirs to see."""
    room = Room.objects.visible_to(user).filter(pk=room_id).first()
    if room is None:
        raise Forbidden
    if since is None:
        return room, Changes(room.head, [], reset=False)
    return room, changes(room, since)


def heads(room_ids: Iterable[int]) -> Iterable[tuple[int, int]]:
    """(room id, head)"""
    return Room.objects.filter(pk__in=room_ids).values_list("pk", "head")


def fetch(query: MessageQuerySet) -> list[Message]:
    messages = list(query)
    parts.load(messages)
    return messages


def with_authors(room: Room) -> MessageQuerySet:
    return Message.objects.filter(room=room).select_related("author", "reply_to__author")
