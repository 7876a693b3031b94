"""The database goes back in time: a standby is promoted behind its primary, or a backup restored.

New changes would take numbers that processes and browsers know already, and nobody would see them.
So the room goes on with higher numbers than anybody can know. A number from before is below
`Room.reset_version`: a page or program that knows it loads the room again.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from chat.events import seen_changes
from chat.models import Message, Room

# More changes than a process can be behind another one, or a backup behind the database.
GAP = 1_000_000


def skip_ahead(room: Room) -> None:
    """Within the transaction that holds the room's lock: if the database has forgotten what this
    process knows, the room continues after it."""
    head = seen_changes.head_of(room.pk)
    if room.head < head:
        _skip_ahead_of(room, head)


def skip_ahead_if_lost(
    room_id: int, known_head: int, posts: Collection[tuple[int, str]] = ()
) -> bool:
    """Whether the room went back. `known`: a number that was committed. `posts`: the id and the
    client_id of some of its messages, by which a loss shows after the numbers were used again."""
    if not _has_lost(Room.objects.filter(pk=room_id).first(), known_head, posts):
        return False
    with transaction.atomic():
        room = Room.objects.select_for_update().filter(pk=room_id).first()
        if room is None or not _has_lost(room, known_head, posts):
            return False
        _skip_ahead_of(room, known_head)
    return True


def skip_ahead_everywhere() -> int:
    """For a backup that was restored while nothing ran. Returns the number of rooms."""
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
