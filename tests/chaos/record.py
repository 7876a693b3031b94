"""The content of the database, to compare with what clients received."""

from asgiref.sync import sync_to_async

from chat.models import Message, Room
from chat.protocol import server_frames
from chat.services import history


@sync_to_async
def shown(room_id: int) -> dict[int, dict]:
    """Returns every message by id, as a JSON message."""
    room = Room.objects.get(pk=room_id)
    return {
        message.pk: server_frames.message_data(message) for message in history.with_authors(room)
    }


@sync_to_async
def count_rows(client_ids) -> int:
    return Message.objects.filter(client_id__in=list(client_ids)).count()


@sync_to_async
def versions(room_id: int) -> tuple[int, list[int]]:
    """Returns (head, the versions of all messages in ascending order)."""
    query = Message.objects.filter(room_id=room_id).order_by("version")
    return Room.objects.get(pk=room_id).head, list(query.values_list("version", flat=True))
