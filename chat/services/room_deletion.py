"""Deletes rooms: a room is hidden immediately, and a task deletes its messages."""

import logging

from django.utils import timezone

from chat import database
from chat.events import events
from chat.models import Membership, Mention, Message, Room
from chat.protocol import server_frames
from chat.services import permissions, rooms
from tasks import task
from tasks.exceptions import QueueUnavailable

MESSAGES_PER_TRANSACTION = 1000

logger = logging.getLogger(__name__)


def delete(user, room_id: int) -> None:
    """Deletes a room for its owner or a moderator. Raises Forbidden."""
    mark_deleted(rooms.get_manageable(user, room_id, permissions.DELETE_ROOMS))


def mark_deleted(room: Room) -> None:
    """Makes the room private and removes its members, so that nobody sees it and its name is free,
    and queues the deletion of its rows."""
    description = server_frames.room(room)
    with database.atomic():
        Room.objects.select_for_update().get(pk=room.pk)  # waits for posts in progress
        Membership.objects.filter(room=room).delete()
        room.kind, room.is_default, room.deleted_at = Room.Kind.PRIVATE, False, timezone.now()
        room.save(update_fields=["kind", "folded_name", "is_default", "deleted_at"])
        events.deleted(description)
        database.on_commit(lambda: enqueue(room.pk))


def enqueue(room_id: int) -> None:
    try:
        delete_rows.enqueue(room_id)
    except QueueUnavailable as error:
        logger.warning(
            "Room %d will be deleted later, since the queue is not available: %s", room_id, error
        )


@task
def delete_rows(room_id: int) -> None:
    """Deletes the rows of a room, newest messages first, so that no reply refers to a deleted
    row."""
    messages = Message.objects.filter(room=room_id, room__deleted_at__isnull=False)
    while ids := list(
        messages.order_by("-seq").values_list("pk", flat=True)[:MESSAGES_PER_TRANSACTION]
    ):
        with database.atomic():
            Mention.objects.filter(message__in=ids).delete()
            Message.objects.filter(pk__in=ids)._raw_delete(using=messages.db)
    Room.objects.filter(pk=room_id, deleted_at__isnull=False).delete()


def delete_left_over() -> None:
    """Deletes the rooms whose task was lost."""
    for room_id in Room.objects.filter(deleted_at__isnull=False).values_list("pk", flat=True):
        delete_rows.func(room_id)
