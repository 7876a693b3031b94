"""The WebSocket of protocol.md.

A Channels consumer with its own receive loop. The default loop subscribes every socket to the
channel layer, and starts a thread at every event to close old database connections.
"""

import asyncio
import logging
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.db import Error as DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.exceptions import ChatError, Forbidden, HubStopped, RateLimited, Unavailable
from chat.live import connection_limit, db_threads, sign_in, subscribing
from chat.live.connections import EXTENSION, DirectSocket, SendSocket, Socket
from chat.live.handshakes import Handshake
from chat.live.hub import Hub, get_hub
from chat.live.registry import Registry
from chat.protocol.client_frames import Frame, app_frames, check, parse
from chat.protocol.close_codes import RESTART, SIGNED_OUT, TRY_AGAIN_LATER
from chat.protocol.server_frames import author, check_declared, encode, message_frame
from chat.rate_limits import limits
from chat.rendering import addresses
from chat.services import editing, memberships, posting, room_list, rooms
from chat.services.posts import PostResult
from presence.names import display_name

TYPING_SECONDS = 3
READ_ONLY_FRAMES = {"open", "close", "counts", "ping"}  # they need no "write" scope
FRAME_LIMITS = {  # in addition to FRAMES, which every frame is charged to
    "open": "OPENS",
    "post": "CHANGES",
    "edit": "CHANGES",
    "delete": "CHANGES",
    "react": "CHANGES",
    "typing": "TYPING",
    "read": "READS",
    "counts": "READS",
}
FLOOD_PAUSE_SECONDS = 1
# Frames that show that the user is active. The page sends the others automatically.
USER_ACTIONS = {"post", "edit", "delete", "react", "typing", "read"}

FAILURE_TEXTS = {
    "open": _("The room could not be opened. Try again."),
    "post": _("The message could not be saved. Try again."),
    "edit": _("The message could not be saved. Try again."),
    "delete": _("The message could not be deleted. Try again."),
    "react": _("The reaction could not be saved. Try again."),
}

logger = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    """Serves one WebSocket, which belongs to `scope["user"]`.

    `scope["auth"]` is optional: the credentials of the handshake and the client's address, as
    `Socket` describes them. `scope["handshake"]` is optional too: the Handshake that began before
    the credentials were read.
    """

    hub: Hub
    registry: Registry
    socket: Socket

    async def __call__(self, scope, receive, send) -> None:
        await receive()  # websocket.connect
        user = sign_in.unwrap(scope.get("user"))
        if user is None or not user.is_authenticated:
            await send({"type": "websocket.accept"})  # a browser hides the code of a refusal
            await send({"type": "websocket.close", "code": SIGNED_OUT})
            return
        try:
            with connection_limit.counted(user.pk):
                await send({"type": "websocket.accept"})
                await self._serve({**scope, "user": user}, receive, send)
        except RateLimited as error:
            await connection_limit.refuse(send, error)

    async def _serve(self, scope, receive, send) -> None:
        try:
            self.hub = get_hub()
        except HubStopped:
            await send({"type": "websocket.close", "code": RESTART})
            return
        self.registry = self.hub.registry
        addresses.remember_root_path(scope.get("root_path", ""))
        handshake = scope.get("handshake") or self.registry.begin_handshake()
        if (auth := scope.get("auth")) is None:
            auth = await self._read_sign_in(scope)
        if auth is None:
            handshake.end()
            await send({"type": "websocket.close", "code": SIGNED_OUT})
            return
        self.socket = self._make_socket(scope, auth, send)
        self.scopes = self.socket.auth.get("scopes", {"read", "write"})
        self.typing_sent_at: dict[int, float] = {}
        try:
            await self._send_hello(handshake)
            await self._receive_all(receive)
        except DatabaseError:
            logger.exception("A socket was closed after a database error")
            self.socket.close(TRY_AGAIN_LATER)
            await self._receive_all(receive)
        finally:
            handshake.end()
            self.registry.remove(self.socket)

    async def _read_sign_in(self, scope: Any) -> sign_in.Auth | None:
        """Returns the credentials, or None if they ended before the handshake began."""
        auth = await db_threads.run(sign_in.read, scope, scope["user"])
        return auth if await db_threads.run(sign_in.is_valid, scope["user"], auth) else None

    def _make_socket(self, scope: Any, auth: sign_in.Auth, send: Any) -> Socket:
        user, query = scope["user"], parse_qs(scope["query_string"].decode("latin-1"))
        html = query.get("format", ["html"])[-1] != "json"
        server = scope.get("extensions", {}).get(EXTENSION)
        if server is not None:
            return DirectSocket(user, html, auth, server)
        socket = SendSocket(user, html, auth, send)
        if (task := asyncio.current_task()) is not None:
            socket.on_abort = task.cancel
        return socket

    async def _send_hello(self, handshake: Handshake) -> None:
        user = self.socket.user
        own_rooms = await db_threads.run(room_list.for_hello, user)
        while handshake.rooms_changed(user.pk):
            own_rooms = await db_threads.run(room_list.for_hello, user)
        if not self.registry.complete_handshake(self.socket, own_rooms, handshake):
            return
        hello = {"type": "hello", "user": author(user), "server": self.hub.name, "rooms": own_rooms}
        self.socket.send(encode({**hello, **self.registry.presence_changes.for_hello(self.socket)}))

    async def _receive_all(self, receive) -> None:
        """Handles frames until the connection ends. Frames that arrive after the hub closed the
        socket are ignored: a return would end the connection before its close frame."""
        while (message := await receive())["type"] == "websocket.receive":
            if self.socket in self.registry.sockets and not await self._is_flood():
                await self._handle(message.get("text"))

    async def _is_flood(self) -> bool:
        """Returns whether the user sends too many frames. If so, it first waits: the next frame is
        read after the wait."""
        try:
            limits.charge("FRAMES", self.socket.user.pk)
        except RateLimited as error:
            self._send_error(error, {})
            await asyncio.sleep(min(error.retry_after, FLOOD_PAUSE_SECONDS))
            return True
        return False

    async def _handle(self, text: str | None) -> None:
        received: Frame = {}
        if self._has_expired():
            self.registry.end(self.socket, SIGNED_OUT)
            return
        try:
            received = parse(text)
            checked = check(received)
            if checked["type"] not in READ_ONLY_FRAMES and "write" not in self.scopes:
                raise Forbidden(_("This token can only read. Use one that can write."))
            if checked["type"] in USER_ACTIONS:
                self.registry.tracker.used(self.socket.user.pk)
            self._charge(checked)
            await HANDLERS.get(checked["type"], ChatConsumer.app_frame)(self, checked)
        except ChatError as error:
            self._send_error(error, received)
        except Exception:
            logger.exception("A frame could not be handled")
            self._send_error(failure(received), received)

    def _has_expired(self) -> bool:
        expires = self.socket.auth.get("expires")
        return expires is not None and expires <= timezone.now()

    def _charge(self, frame: Frame) -> None:
        if (limit := limit_name(frame["type"])) is not None:
            cost = limits.cost_of(frame.get("body", ""))
            limits.charge(limit, self.socket.user.pk, self.socket.auth.get("address"), cost)

    def _send_error(self, error: ChatError, received: Frame) -> None:
        frame = error.frame()
        for name in ("client_id", "room", "message"):
            if isinstance(received.get(name), str | int):
                frame[name] = received[name]
        self.socket.send(encode(frame))

    # One method for each type of client frame.

    async def open(self, frame: Frame) -> None:
        await subscribing.open_room(self.registry, self.socket, frame["room"], frame["since"])

    async def close(self, frame: Frame) -> None:
        self.registry.close_room(self.socket, frame["room"])

    async def post(self, frame: Frame) -> None:
        """Submits the post and returns, so that the next frame does not wait for the database."""
        future = posting.submit(
            *(self.socket.user, frame["room"], frame["client_id"], frame["body"]),
            frame["reply_to"],
        )
        future.add_done_callback(lambda future: self._send_posted(frame, future))

    def _send_posted(self, received: Frame, future: "asyncio.Future[PostResult]") -> None:
        error = future.exception()
        if isinstance(error, ChatError):
            return self._send_error(error, {**received, "client_id": str(received["client_id"])})
        message = future.result().message
        reply = {
            "type": "posted",
            "client_id": str(message.client_id),
            "id": message.pk,
            "seq": message.seq,
            "version": message.version,
        }
        return self.socket.send(encode(reply))

    async def edit(self, frame: Frame) -> None:
        await self._change(editing.edit, frame["message"], frame["body"])

    async def delete(self, frame: Frame) -> None:
        await self._change(editing.delete, frame["message"])

    async def react(self, frame: Frame) -> None:
        await self._change(editing.react, frame["message"], frame["emoji"], frame["on"])

    async def _change(self, change, message_id: int, *details: Any) -> None:
        """Runs `change` on a message. The hub sends a change to all who have the room open. This
        socket gets the message in any case, even if it did not change."""
        message = await db_threads.run(change, self.socket.user, message_id, *details)
        if message.room_id not in self.socket.open_rooms:
            self.socket.send(encode(message_frame(message, self.socket.html)))
        elif not message.was_changed:
            subscribing.send_again(self.registry, self.socket, message)

    async def typing(self, frame: Frame) -> None:
        room_id, now = frame["room"], self.hub.loop.time()
        if room_id not in self.socket.open_rooms:
            raise Forbidden
        if getattr(self.socket.user, "appears_offline", False):
            return
        if now - self.typing_sent_at.get(room_id, float("-inf")) >= TYPING_SECONDS:
            self.typing_sent_at[room_id] = now
            await db_threads.run(rooms.check_visible, self.socket.user, room_id)
            user = self.socket.user
            event = {"kind": "typing", "room": room_id, "user": user.pk}
            self.hub.publish({**event, "name": display_name(user)})

    async def read(self, frame: Frame) -> None:
        self.socket.read_seqs[frame["room"]] = frame["seq"]  # before the event arrives
        try:
            await db_threads.run(
                memberships.mark_read, self.socket.user, frame["room"], frame["seq"]
            )
        except ChatError:
            del self.socket.read_seqs[frame["room"]]
            raise

    async def counts(self, frame: Frame) -> None:
        counts = await db_threads.run(room_list.counts, self.socket.user, frame["room"])
        self.socket.send(encode({"type": "counts", **counts}))

    async def app_frame(self, frame: Frame) -> None:
        """Handles a frame of a nested app."""
        handle = app_frames[frame["type"]].handle
        reply = await db_threads.run(handle, self.socket.user, frame)
        if reply is not None:
            check_declared(reply)
            self.socket.send(encode(reply))

    async def ping(self, frame: Frame) -> None:
        self.socket.send(b'{"type":"pong"}')


def limit_name(type: str) -> str | None:
    return app_frames[type].limit if type in app_frames else FRAME_LIMITS.get(type)


def failure(received: Frame) -> Unavailable:
    text = FAILURE_TEXTS.get(received.get("type", ""), _("Something went wrong. Try again."))
    return Unavailable(text)


HANDLERS = {
    "open": ChatConsumer.open,
    "close": ChatConsumer.close,
    "post": ChatConsumer.post,
    "edit": ChatConsumer.edit,
    "delete": ChatConsumer.delete,
    "react": ChatConsumer.react,
    "typing": ChatConsumer.typing,
    "read": ChatConsumer.read,
    "counts": ChatConsumer.counts,
    "ping": ChatConsumer.ping,
}
