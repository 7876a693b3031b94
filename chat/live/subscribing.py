"""Opens rooms for sockets, without missing a change."""

from chat.exceptions import Forbidden
from chat.live import db_threads
from chat.live.connections import Socket
from chat.live.gap_repair import check_for_loss
from chat.live.registry import Registry
from chat.models import Message
from chat.protocol import server_frames
from chat.protocol.server_frames import encode
from chat.services import history


async def open_room(registry: Registry, socket: Socket, room_id: int, since: int | None) -> None:
    """Sends the `opened` frame and then all later changes. Raises Forbidden. Changes that arrive
    while the database is read wait in the feed, so that none is missed."""
    feed = registry.feed(room_id)
    socket.open_rooms.add(room_id)
    feed.subscribe(socket)
    try:
        room, changes = await db_threads.run(history.room_and_changes, socket.user, room_id, since)
    except Exception:
        registry.close_room(socket, room_id)
        raise
    if socket not in feed.subscribing:  # closed, or removed from the room, in the meantime
        raise Forbidden
    if feed.has_missed(socket, changes.head):
        await check_for_loss(registry, feed)
        await open_room(registry, socket, room_id, since)
        return
    frame = {
        "type": "opened",
        "room": room.pk,
        "head": changes.head,
        "changes": [server_frames.message_frame(m, socket.html) for m in changes.messages],
        "reset": changes.reset,
    }
    feed.catch_up(socket, changes.head, encode(frame), registry.write_queue)
    registry.presence_changes.room_opened_or_closed(socket, room_id)


def send_again(registry: Registry, socket: Socket, message: Message) -> None:
    """Sends a message again. If the socket has not been sent its version yet, the feed sends it
    soon, in order."""
    feed = registry.feeds[message.room_id]
    if message.version <= feed.head_of(socket):
        feed.flush(registry.write_queue)
        registry.send(server_frames.message_frame(message, socket.html), [socket])
