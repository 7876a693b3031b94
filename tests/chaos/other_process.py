"""Events as another process would publish them, for loads that people cannot type."""

import uuid

import orjson
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.utils import timezone

from chat.events.publisher import GROUP
from chat.models import Message, Room


class Origin:
    """Another process, as the hubs see it. It writes short messages and publishes changes of `size`
    bytes. A hub that catches up meanwhile finds the messages in the database."""

    def __init__(self, room_id: int, head: int) -> None:
        self.name, self.number = uuid.uuid4().hex, 0
        self.room_id, self.version = room_id, head

    async def publish(self, size: int) -> None:
        self.version += 1
        self.number += 1
        posted = await sync_to_async(self._write)()
        event = {"kind": "changes", "room": self.room_id, "changes": [self._change(posted, size)]}
        message = {"origin": self.name, "number": self.number, "events": [event]}
        await get_channel_layer().group_send(GROUP, {"type": "chat.events", **message})

    def _write(self) -> Message:
        numbers = dict.fromkeys(["seq", "version", "post_number"], self.version)
        made = {"client_id": uuid.uuid4(), "created_at": timezone.now()}
        Room.objects.filter(pk=self.room_id).update(head=self.version, post_count=self.version)
        return Message.objects.create(room_id=self.room_id, body="x", html="x", **numbers, **made)

    def _change(self, posted: Message, size: int) -> dict:
        frame = {"type": "message", "room": self.room_id, "version": self.version}
        payload = orjson.dumps({**frame, "html": "x" * size, "data": {}, "id": posted.pk})
        change = {"id": posted.pk, "client_id": str(posted.client_id), "author": 0, "name": ""}
        change |= {"seq": self.version, "version": self.version, "preview": "", "mentions": []}
        return {**change, "html": payload, "json": payload}
