"""One per process: what happened anywhere goes in, and out to this process's sockets.

It hears other processes through one channel of the channel layer, and this one directly. The
channel layer is a hint: `chat.pulse` notices what was lost, and `repair` fetches it from the
database.
"""

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from redis.exceptions import RedisError

from chat import history, messages, publisher, revocation, threads
from chat.announcer import Announcer
from chat.arrivals import Arrival
from chat.batcher import Batcher
from chat.circles import Circles
from chat.exceptions import Forbidden, Stopped
from chat.fanout import RoomView
from chat.handlers import HANDLERS
from chat.lag import Lag
from chat.messages import encode
from chat.models import Message
from chat.outbox import Outbox
from chat.publisher import GROUP, Publisher
from chat.pulse import Pulse
from chat.repair import look_for_loss
from chat.sockets import RESTART, Socket
from presence.sockets import Sockets as PresentSockets

RETRY_SECONDS = 1
CANCEL_SECONDS = 0.5
LEAVE_SECONDS = 1
SIGNED_IN_BY = {"session": "session_key", "token": "token_id", "password": "password"}  # in `auth`

logger = logging.getLogger(__name__)


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.name = uuid.uuid4().hex[:12]
        self.sockets: set[Socket] = set()
        self.rooms: dict[int, RoomView] = {}
        self.sockets_of: defaultdict[tuple[str, Any], set[Socket]] = defaultdict(set)
        self.arrivals: set[Arrival] = set()
        self.changed: set[RoomView] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)  # its own, to begin anew
        self.listener: asyncio.Task[None] | None = None
        self.outbox = Outbox(self.loop)
        self.batcher = Batcher()
        self.publisher = Publisher(self.name)
        self.present = PresentSockets(self.name)
        self.circles = Circles()
        self.announcer = Announcer(self)
        self.pulse = Pulse(self)
        self.lag = Lag()

    def start(self) -> None:
        publisher.hub = self
        self.listen()
        self.spawn(self.pulse.run())
        self.spawn(self.lag.run())

    async def stop(self) -> None:
        """Every socket is told to come back, and what was posted is written. No other hub starts on
        this loop."""
        stopped.add(self.loop)
        self.outbox.put([encode({"type": "bye", "reason": "restart"})], self.sockets)
        await self.batcher.drain()
        await self.publisher.drain()
        if publisher.hub is self:
            publisher.hub = None
        await self._cancel_tasks()
        with suppress(TimeoutError):  # others notice in time
            await asyncio.wait_for(self.present.close(), LEAVE_SECONDS)

    async def _cancel_tasks(self) -> None:
        """Again until they end: redis-py takes a cancellation while it connects for itself."""
        while self.tasks:
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(self.tasks, timeout=CANCEL_SECONDS)

    def spawn(self, work) -> asyncio.Task[Any]:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    # Sockets come and go.

    def arrive(self) -> Arrival:
        """A handshake begins; `admit` or `end` it."""
        return Arrival(self.arrivals)

    def admit(self, socket: Socket, rooms: list[dict[str, Any]], arrival: Arrival) -> bool:
        """False where its sign-in ended meanwhile, or this hub, and the socket with it."""
        if self.loop in stopped:
            socket.close(RESTART)
            return False
        if (code := arrival.ended_with(matches(socket))) is not None:
            socket.close(code)
            return False
        if (offline := arrival.appearance(socket.user.pk)) is not None:
            socket.user.appears_offline = offline
        socket.user.__dict__.update(arrival.new_names(socket.user.pk))
        self.add(socket, rooms)
        self.pulse.is_unsure |= arrival.is_unsure
        arrival.end()
        return True

    def add(self, socket: Socket, rooms: list[dict[str, Any]]) -> None:
        """`rooms`: those the person is a member of, as `hello` describes them."""
        self.sockets.add(socket)
        for match in matches(socket):
            self.sockets_of[match].add(socket)
        for room in rooms:
            room["head"] = self.add_member(socket, room)
        if socket.user.pk not in self.circles.rooms_of:
            self.circles.learn(socket.user.pk, socket.member_of)
        self.present.hide(socket.user.pk, getattr(socket.user, "appears_offline", False))
        self.present.opened(socket.user.pk)

    def add_member(self, socket: Socket, room: dict[str, Any]) -> int:
        """Answers the room's head as it is known here."""
        socket.member_of.add(room["id"])
        view = self.view(room["id"])
        view.members.add(socket)
        return view.know(room["head"])

    def remove(self, socket: Socket) -> None:
        if socket not in self.sockets:
            return
        self.sockets.discard(socket)
        for match in matches(socket):
            self.sockets_of[match].discard(socket)
            if not self.sockets_of[match]:
                del self.sockets_of[match]
        for room_id in list(socket.member_of):
            self.remove_member(socket, room_id)
        for room_id in list(socket.rooms):
            self.close_room(socket, room_id)
        self.present.closed(socket.user.pk)
        self.announcer.forget_if_gone(socket.user.pk)

    def end(self, socket: Socket, code: int) -> None:
        self.remove(socket)
        socket.close(code)

    def remove_member(self, socket: Socket, room_id: int) -> None:
        socket.member_of.discard(room_id)
        if (view := self.rooms.get(room_id)) is not None:
            view.members.discard(socket)
            self.forget_if_idle(view)

    def view(self, room_id: int) -> RoomView:
        if room_id not in self.rooms:
            self.rooms[room_id] = RoomView(room_id)
        return self.rooms[room_id]

    def forget_if_idle(self, view: RoomView) -> None:
        if view.is_idle():
            self.rooms.pop(view.id, None)

    async def open_room(self, socket: Socket, room_id: int, since: int | None) -> None:
        """Changes that arrive while the database is read are held back, so that none is missed."""
        view = self.view(room_id)
        socket.rooms.add(room_id)
        view.begin(socket)
        try:
            room, changes = await threads.read(history.opened, socket.user, room_id, since)
        except Exception:
            self.close_room(socket, room_id)
            raise
        if socket not in view.opening:  # gone, or removed from the room, in the meantime
            raise Forbidden
        if view.lacks(socket, changes.head):
            await look_for_loss(self, view)
            await self.open_room(socket, room_id, since)
            return
        frame = {
            "type": "opened",
            "room": room.pk,
            "head": changes.head,
            "changes": [messages.frame(message, socket.html) for message in changes.messages],
            "reset": changes.reset,
        }
        view.opened(socket, changes.head, encode(frame), self.outbox)
        self.announcer.look(socket, room_id)

    def repeat(self, socket: Socket, message: Message) -> None:
        """A version that the socket was not told of yet comes to it anyway, in order."""
        view = self.rooms[message.room_id]
        told = view.opening[socket].head if socket in view.told else view.head or 0
        if message.version <= told:
            view.flush(self.outbox)
            frame = encode(messages.frame(message, socket.html))
            self.outbox.put([frame], [socket])

    def close_room(self, socket: Socket, room_id: int) -> None:
        socket.rooms.discard(room_id)
        if (view := self.rooms.get(room_id)) is not None:
            if socket in view.open or socket in view.told:
                self.announcer.look(socket, room_id)
            view.forget(socket)
            self.forget_if_idle(view)

    # Events come in.

    def take(self, event: dict[str, Any]) -> None:
        """An event of this process, from any thread: for our sockets, then the other processes."""
        self.loop.call_soon_threadsafe(self._take, event)

    def _take(self, event: dict[str, Any]) -> None:
        self.publisher.publish(event)
        self.dispatch(event)

    def dispatch(self, event: dict[str, Any]) -> None:
        HANDLERS[event["kind"]](self, event)

    def listen(self) -> None:
        """Anew, on another connection, where it listens already."""
        if self.listener is not None:
            self.listener.cancel()
        self.listener = self.spawn(self._listen())

    async def _listen(self) -> None:
        layer = self.layer
        while True:
            try:
                await layer.flush()  # else channels that nobody reads would stay, and fill
                channel = await layer.new_channel("hub")
                await layer.group_add(GROUP, channel)
                self.pulse.lost()  # what was said before anybody listened
                while True:
                    await self._hear_next(layer, channel)
            except (OSError, RedisError):  # the publisher, which meets it too, says so once
                await asyncio.sleep(RETRY_SECONDS)

    async def _hear_next(self, layer: Any, channel: str) -> None:
        """Everybody who reaches Redis can publish there: what is not ours is skipped."""
        try:
            message = await layer.receive(channel)
            origin, number = str(message["origin"]), int(message["number"])
            events = list(message["events"])
        except (LookupError, TypeError, ValueError) as error:
            logger.warning("A message of the channel layer was skipped: %r", error)
            return
        self.pulse.note(origin, number)
        if origin != self.name:
            self._hear(events)

    def _hear(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            try:
                self.dispatch(event)
            except Exception:
                logger.exception("An event was skipped: %.60r", event)

    def flush_soon(self, view: RoomView) -> None:
        """What arrives in one turn of the loop, or while others are written to, leaves together."""
        if not view.burst:
            return
        if not self.changed:
            self.outbox.then(self._flush)
        self.changed.add(view)

    def _flush(self) -> None:
        changed, self.changed = self.changed, set()
        for view in changed:
            view.flush(self.outbox)

    def of_users(self, users: Iterable[int]) -> set[Socket]:
        return set().union(*(self.sockets_of.get(("user", user), ()) for user in users))


def matches(socket: Socket) -> list[tuple[str, Any]]:
    """What may end a socket: its person, and what it was signed in with."""
    found = [("user", socket.user.pk)]
    for kind, key in SIGNED_IN_BY.items():
        if (value := socket.auth.get(key)) is not None:
            found.append(revocation.match(kind, value))
    return found


stopped: WeakSet[asyncio.AbstractEventLoop] = WeakSet()  # those whose hub was stopped


def current() -> Hub:
    """The hub of the running loop, started at first use. Raises Stopped after it was stopped."""
    hub, loop = publisher.hub, asyncio.get_running_loop()
    if loop in stopped:
        raise Stopped
    if hub is None or hub.loop is not loop:
        hub = Hub()
        hub.start()
    return hub


async def stop() -> None:
    """The process ends: from now on no handshake starts a hub."""
    stopped.add(asyncio.get_running_loop())
    if publisher.hub is not None:
        await publisher.hub.stop()
