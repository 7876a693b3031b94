"""LAYER=pubsub|list DJANGO_SETTINGS_MODULE=bench.peers.usual.settings uvicorn
bench.peers.usual.sockets:application"""

import json

import django

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

from bench.peers.usual.models import Post  # noqa: E402


class Consumer(AsyncWebsocketConsumer):
    async def connect(self):
        if not self.scope["user"].is_authenticated:
            await self.close()
            return
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("room", self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        frame = json.loads(text_data)
        if frame["type"] == "post":
            post = await self.write(frame["room"], frame["body"])
            text = {"type": "message", "id": post.pk, "author": post.author_id, "body": post.body}
            event = {"type": "chat.message", "text": json.dumps(text, separators=(",", ":"))}
            await self.channel_layer.group_send("room", event)
            answer = {"type": "posted", "client_id": frame["client_id"], "id": post.pk}
            await self.send(text_data=json.dumps(answer, separators=(",", ":")))

    @database_sync_to_async
    def write(self, room_id, body):
        return Post.objects.create(room_id=room_id, author=self.scope["user"], body=body)

    async def chat_message(self, event):
        await self.send(text_data=event["text"])


async def healthy(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


application = ProtocolTypeRouter(
    {"http": healthy, "websocket": AuthMiddlewareStack(Consumer.as_asgi())}
)
