"""A project with a consumer that uses presence, and no chat."""

import django

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402

from presence.consumers import PresenceConsumerMixin  # noqa: E402


class Person:
    pk, is_authenticated = 7, True


class Updates(PresenceConsumerMixin, AsyncWebsocketConsumer):
    pass


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await Updates.as_asgi()({**scope, "user": Person()}, receive, send)
