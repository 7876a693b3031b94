"""Open sockets of any asynchronous WebSocket consumer of Channels."""

from typing import Any

from presence.middleware import appears_offline, authenticated
from presence.primary_key import UserId
from presence.process_tracker import process_tracker


class PresenceConsumerMixin:
    """Makes the user of an accepted socket "here" while it is open. It comes first:

        class Updates(PresenceConsumerMixin, AsyncWebsocketConsumer): ...

    The user is scope["user"]. A consumer that identifies its user later calls `begin_presence`.
    """

    scope: dict[str, Any]
    present_user_id: UserId | None = None

    async def __call__(self, scope, receive, send) -> None:
        try:
            await super().__call__(scope, receive, send)  # type: ignore[misc]
        finally:
            await self.end_presence()  # also if a server cancels the consumer

    async def accept(self, *args: Any, **kwargs: Any) -> None:
        await super().accept(*args, **kwargs)  # type: ignore[misc]
        if (user := authenticated(self.scope.get("user"))) is not None:
            await self.begin_presence(user)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.present_user_id is not None and self.is_activity(message):
            process_tracker().used(self.present_user_id)
        await super().websocket_receive(message)  # type: ignore[misc]

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        await self.end_presence()
        await super().websocket_disconnect(message)  # type: ignore[misc]

    def is_activity(self, message: dict[str, Any]) -> bool:
        """Returns whether the user did something. Override it if a page sends messages
        automatically: a user without activity for ten minutes is away."""
        return True

    async def begin_presence(self, user: Any) -> None:
        await self.end_presence()
        self.present_user_id = user.pk
        process_tracker().hide(user.pk, appears_offline(user))
        process_tracker().opened(user.pk)

    async def end_presence(self) -> None:
        user_id, self.present_user_id = self.present_user_id, None
        if user_id is not None:
            await process_tracker().end(user_id)
