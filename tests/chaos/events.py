"""Events from outside, as another process would publish them: for loads that people cannot type."""

import uuid

import orjson
from channels.layers import get_channel_layer

from chat.events.publisher import GROUP


class Origin:
    """A process of its own, as the hubs see it. Each message is one change of `size` bytes."""

    def __init__(self, room_id: int, head: int) -> None:
        self.name, self.number = uuid.uuid4().hex, 0
        self.room_id, self.version = room_id, head

    async def publish(self, size: int) -> None:
        self.version += 1
        self.number += 1
        event = {"kind": "changes", "room": self.room_id, "changes": [self._change(size)]}
        message = {"origin": self.name, "number": self.number, "events": [event]}
        await get_channel_layer().group_send(GROUP, {"type": "chat.events", **message})

    def _change(self, size: int) -> dict:
        frame = {"type": "message", "room": self.room_id, "version": self.version}
        payload = orjson.dumps({**frame, "html": "x" * size, "data": {}, "id": self.version})
        change = {"id": self.version, "client_id": "", "seq": self.version, "author": 0, "name": ""}
        change |= {"version": self.version, "preview": "", "mentions": []}
        return {**change, "html": payload, "json": payload}
