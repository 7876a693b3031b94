"""The WebSocket of protocol.md.

A Channels consumer, with a receive loop of its own: the stock one subscribes every socket to the
channel layer and closes old database connections in a thread at every event.
"""

import asyncio
import logging
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from django.db import Error as DatabaseError
from django.utils import timezone

from chat import handshakes, limits, rooms, threads, writer
from chat.arrivals import Arrival
from chat.exceptions import ChatError, Forbidden, RateLimited, Stopped, Unavailable
from chat.hub import Hub, current
from chat.messages import author, encode, frame
from chat.posts import Post, Written, clean_body
from chat.protocol import Frame, check, parse
from chat.sockets import EXTENSION, RESTART, SIGNED_OUT, DirectSocket, SendSocket, Socket

TYPING_SECONDS = 3
ASKING = {"open", "close", "counts", "ping"}  # what a token that may only read is good for
LIMITS = {  # besides FRAMES
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
SIGNS_OF_LIFE = {
    "post",
    "edit",
    "delete",
    "react",
    "typing",
    "read",
}  # a person's, not their page's

NOT_DONE = {
    "open": "The room could not be opened.",
    "post": "The message could not be saved.",
    "edit": "The message could not be saved.",
    "delete": "The message could not be deleted.",
    "react": "The reaction could not be saved.",
}

logger = logging.getLogger(__name__)


class ChatConsumer(AsyncConsumer):
    """`scope["user"]` says who it is; `scope["auth"]`, where there is one, what ends it, and the
    address that it is from; `scope["arrival"]`, where there is one, when the sign-in was read."""

    hub: Hub
    socket: Socket

    async def __call__(self, scope, receive, send) -> None:
        await receive()  # websocket.connect
        user = scope.get("user")
        if user is None or not user.is_authenticated:
            await send({"type": "websocket.close", "code": SIGNED_OUT})
            return
        try:
            with handshakes.admitted(user.pk):
                await send({"type": "websocket.accept"})
                await self._serve(scope, receive, send)
        except RateLimited as error:
            await handshakes.refuse(send, error)

    async def _serve(self, scope, receive, send) -> None:
        try:
            self.hub = current()
        except Stopped:
            await send({"type": "websocket.close", "code": RESTART})
            return
        arrival = scope.get("arrival") or self.hub.arrive()
        self.socket = self._make_socket(scope, scope["user"], send)
        self.scopes = self.socket.auth.get("scopes", {"read", "write"})
        self.typed: dict[int, float] = {}
        try:
            await self._greet(arrival)
            await self._receive_all(receive)
        except DatabaseError:
            logger.exception("A socket was closed")
            self.socket.close(handshakes.TRY_AGAIN_LATER)
            await self._receive_all(receive)
        finally:
            arrival.end()
            self.hub.remove(self.socket)

    def _make_socket(self, scope: Any, user: Any, send: Any) -> Socket:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        html = query.get("format", ["html"])[-1] != "json"
        auth = scope.get("auth") or {}
        server = scope.get("extensions", {}).get(EXTENSION)
        if server is not None:
            return DirectSocket(user, html, auth, server)
        socket = SendSocket(user, html, auth, send)
        if (task := asyncio.current_task()) is not None:
            socket.on_abort = task.cancel
        return socket

    async def _greet(self, arrival: Arrival) -> None:
        user = self.socket.user
        mine = await threads.read(rooms.described_for, user)
        while arrival.takes_rooms(user.pk):
            mine = await threads.read(rooms.described_for, user)
        if not self.hub.admit(self.socket, mine, arrival):
            return
        hello = {"type": "hello", "user": author(user), "server": self.hub.name, "rooms": mine}
        self.socket.send(encode({**hello, **self.hub.announcer.circle(self.socket)}))

    async def _receive_all(self, receive) -> None:
        """Until the server says that the connection is over. Frames that come after the hub closed
        the socket are ignored: to return would end the connection before its close frame."""
        while (message := await receive())["type"] == "websocket.receive":
            if self.socket in self.hub.sockets and not await self._is_flood():
                await self._answer(message.get("text"))

    async def _is_flood(self) -> bool:
        """The next frame is not read for a while: the sender has to wait, whatever they send."""
        try:
            limits.charge("FRAMES", self.socket.user.pk)
        except RateLimited as error:
            self._refuse(error, {})
            await asyncio.sleep(min(error.retry_after, FLOOD_PAUSE_SECONDS))
            return True
        return False

    async def _answer(self, text: str | None) -> None:
        received: Frame = {}
        if self._has_expired():
            self.hub.end(self.socket, SIGNED_OUT)
            return
        try:
            received = parse(text)
            checked = check(received)
            if checked["type"] not in ASKING and "write" not in self.scopes:
                raise Forbidden("This token may read only.")
            if checked["type"] in SIGNS_OF_LIFE:
                self.hub.present.used(self.socket.user.pk)
            self._charge(checked)
            await HANDLERS[checked["type"]](self, checked)
        except ChatError as error:
            self._refuse(error, received)
        except Exception:
            logger.exception("A frame was not answered")
            self._refuse(unavailable(received), received)

    def _has_expired(self) -> bool:
        expires = self.socket.auth.get("expires")
        return expires is not None and expires <= timezone.now()

    def _charge(self, frame: Frame) -> None:
        if (what := LIMITS.get(frame["type"])) is not None:
            cost = limits.cost_of(frame.get("body", ""))
            limits.charge(what, self.socket.user.pk, self.socket.auth.get("address"), cost)

    def _refuse(self, error: ChatError, received: Frame) -> None:
        answer = error.frame()
        for name in ("client_id", "room", "message"):
            if isinstance(received.get(name), str | int):
                answer[name] = received[name]
        self.socket.send(encode(answer))

    # One method for each frame a client may send.

    async def open(self, frame: Frame) -> None:
        await self.hub.open_room(self.socket, frame["room"], frame["since"])

    async def close(self, frame: Frame) -> None:
        self.hub.close_room(self.socket, frame["room"])

    async def post(self, frame: Frame) -> None:
        """Does not wait for the database: the next frame may come."""
        body = clean_body(frame["body"])
        post = Post(self.socket.user, frame["room"], frame["client_id"], body, frame["reply_to"])
        future = self.hub.batcher.submit(post)
        future.add_done_callback(lambda future: self._posted(frame, future))

    def _posted(self, received: Frame, future: "asyncio.Future[Written]") -> None:
        error = future.exception()
        if isinstance(error, ChatError):
            return self._refuse(error, {**received, "client_id": str(received["client_id"])})
        message = future.result().message
        answer = {
            "type": "posted",
            "client_id": str(message.client_id),
            "id": message.pk,
            "seq": message.seq,
            "version": message.version,
        }
        return self.socket.send(encode(answer))

    async def edit(self, frame: Frame) -> None:
        await self._change(writer.edit, frame["message"], frame["body"])

    async def delete(self, frame: Frame) -> None:
        await self._change(writer.delete, frame["message"])

    async def react(self, frame: Frame) -> None:
        await self._change(writer.react, frame["message"], frame["emoji"], frame["on"])

    async def _change(self, verb, message_id: int, *details: Any) -> None:
        """Everybody in the room is told of what is new; whoever asked, in any case."""
        message = await threads.read(verb, self.socket.user, message_id, *details)
        if message.room_id not in self.socket.rooms:
            self.socket.send(encode(frame(message, self.socket.html)))
        elif not message.is_news:
            self.hub.repeat(self.socket, message)

    async def typing(self, frame: Frame) -> None:
        room_id, now = frame["room"], self.hub.loop.time()
        if room_id not in self.socket.rooms:
            raise Forbidden
        if getattr(self.socket.user, "appears_offline", False):
            return
        if now - self.typed.get(room_id, float("-inf")) >= TYPING_SECONDS:
            self.typed[room_id] = now
            await threads.read(rooms.check_visible, self.socket.user, room_id)
            user = author(self.socket.user)
            event = {"kind": "typing", "room": room_id, "user": user["id"], "name": user["name"]}
            self.hub.take(event)

    async def read(self, frame: Frame) -> None:
        self.socket.read[frame["room"]] = frame["seq"]  # before the event comes
        try:
            await threads.read(rooms.mark_read, self.socket.user, frame["room"], frame["seq"])
        except ChatError:
            del self.socket.read[frame["room"]]
            raise

    async def counts(self, frame: Frame) -> None:
        counts = await threads.read(rooms.counts, self.socket.user, frame["room"])
        self.socket.send(encode({"type": "counts", **counts}))

    async def ping(self, frame: Frame) -> None:
        self.socket.send(b'{"type":"pong"}')


def unavailable(received: Frame) -> Unavailable:
    what = NOT_DONE.get(received.get("type", ""), "That did not work.")
    return Unavailable(f"{what} Try again.")


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
