"""Archives rooms: members can read an archived room, and nobody can write in it until it is
restored."""

from django.utils import timezone

from chat.events import events
from chat.models import Room
from chat.services import permissions, rooms


def archive(user, room_id: int) -> Room:
    """Archives a room for its owner or a moderator. Raises Forbidden."""
    return set_archived(rooms.get_manageable(user, room_id, permissions.RENAME_ROOMS), True)


def restore(user, room_id: int) -> Room:
    """Restores a room for its owner or a moderator. Raises Forbidden."""
    return set_archived(rooms.get_manageable(user, room_id, permissions.RENAME_ROOMS), False)


def set_archived(room: Room, archived: bool) -> Room:
    if room.is_archived != archived:
        room.archived_at = timezone.now() if archived else None
        room.save(update_fields=["archived_at"])
        events.renamed(room)
    return room
