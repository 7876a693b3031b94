"""Handles a database that went back in time, by a failover to a late standby or by a backup.

New changes would take version numbers that processes and browsers already know, and nobody would
see them. So the room skips ahead to numbers that nobody can know. All earlier numbers are below
`Room.reset_version`: a page or program that knows such a number loads the room again.
"""

from collections.abc import Collection

from django.db.models import F

from chat import database
from chat.events import seen_changes
from chat.models import Message, Room

# More changes than a process can miss, or than are made after a backup.
GAP = 1_000_000


def skip_ahead(room: Room) -> None:
    """Skips ahead if this process has seen a higher version than the database has. Call it within
    the transaction that holds the room's lock."""
    head = seen_changes.head_of(room.pk)
    if room.head < head:
        _skip_ahead_of(room, head)


def skip_ahead_if_lost(
    room_id: int, known_head: int, posts: Collection[tuple[int, str]] = ()
) -> bool:
    """Skips ahead if the room has lost changes, and returns whether it has.

    `known_head` is a version that was committed. `posts` are pairs of the id and the client_id of
    committed messages: they reveal a loss even after new changes took the same numbers.
    """
    if not _has_lost(Room.objects.filter(pk=room_id).first(), known_head, posts):
        return False
    with database.atomic():
        room = Room.objects.select_for_update().filter(pk=room_id).first()
        if room is None or not _has_lost(room, known_head, posts):
            return False
        _skip_ahead_of(room, known_head)
    return True


def skip_ahead_everywhere() -> int:
    """Skips ahead in every room, after a backup was restored. Returns the number of rooms."""
    return Room.objects.update(head=F("head") + GAP, reset_version=F("head") + GAP)


def _has_lost(room: Room | None, known_head: int, posts: Collection[tuple[int, str]]) -> bool:
    if room is None or room.reset_version > known_head:
        return False
    return room.head < known_head or bool(missing_posts(posts))


def missing_posts(posts: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    found = Message.objects.filter(pk__in=[pk for pk, _ in posts]).values_list("pk", "client_id")
    return set(posts) - {(pk, str(client_id)) for pk, client_id in found}


def _skip_ahead_of(room: Room, known_head: int) -> None:
    room.head = room.reset_version = max(room.head, known_head) + GAP
    room.save(update_fields=["head", "reset_version"])
