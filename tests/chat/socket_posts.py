"""Posts over a socket, and the row that a page shows for a message."""

from uuid import uuid4

from chat.live.db_threads import run
from chat.models import Message
from chat.rendering import message_html


async def post(socket, room, body="Hello", client_id=None, **fields):
    """Returns the `posted` frame. Drops the frames before it."""
    client_id = client_id or str(uuid4())
    return await socket.ask(
        "post", "posted", room=room.pk, client_id=client_id, body=body, reply_to=None, **fields
    )


async def row_of(message_id: int) -> str:
    query = Message.objects.select_related("author", "reply_to__author")
    return message_html.row(await run(query.get, pk=message_id))
