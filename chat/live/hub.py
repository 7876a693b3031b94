"""The hub: one per process, it receives all events and passes them to this process's sockets.

The hub starts and stops everything that serves sockets. Events of other processes arrive through
one channel of the channel layer, those of this process directly. The channel layer is a hint:
`heartbeat` notices lost events, and `gap_repair` reads the changes from the database.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.exceptions import RedisError

from chat.events import local, seen_changes, user_ids
from chat.events.publisher import GROUP, Publisher
from chat.exceptions import HubStopped
from chat.live.event_handlers import HANDLERS
from chat.live.heartbeat import Heartbeat
from chat.live.loop_lag import LoopLag
from chat.live.post_batcher import PostBatcher
from chat.live.registry import Registry
from chat.protocol.close_codes import RESTART
from chat.services.posts import Post, PostResult

RETRY_SECONDS = 1
LEAVE_SECONDS = 1

logger = logging.getLogger(__name__)


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.name = uuid.uuid4().hex[:12]
        self.registry = Registry(self.name)
        self.batcher = PostBatcher()
        self.publisher = Publisher(self.name)
        # Not shared, so that it can reconnect.
        self.layer = channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)
        self.listener: asyncio.Task[None] | None = None
        self.heartbeat = Heartbeat(self.registry, self.publisher, self.listen)
        self.loop_lag = LoopLag()

    def start(self) -> None:
        local.register(self)
        self.listen()
        self.registry.tasks.spawn(self.heartbeat.run())
        self.registry.tasks.spawn(self.loop_lag.run())

    async def stop(self) -> None:
        """Asks every client to reconnect, writes and acknowledges all submitted posts, and closes
        the sockets. No other hub starts on this loop."""
        _stopped.add(self.loop)
        self.registry.is_closed = True
        self.registry.send({"type": "bye", "reason": "restart"}, self.registry.sockets)
        await self.batcher.drain()
        await self._close_sockets()
        await self.publisher.drain()
        if local.current() is self:
            local.register(None)
        await self.registry.tasks.cancel()
        with suppress(TimeoutError):  # other processes notice it later
            await asyncio.wait_for(self.registry.tracker.close(), LEAVE_SECONDS)

    async def _close_sockets(self) -> None:
        """Closes all sockets after the frames that are queued for them."""
        is_written = asyncio.Event()
        self.registry.write_queue.call_after(is_written.set)
        await is_written.wait()
        for socket in self.registry.sockets:
            socket.close(RESTART)

    # The LocalHub protocol of events.local, for other code of this process.

    def publish(self, event: dict[str, Any]) -> None:
        self.loop.call_soon_threadsafe(self._publish, event)

    def _publish(self, event: dict[str, Any]) -> None:
        self.publisher.publish(event)
        self.dispatch(event)

    def submit(self, post: Post) -> "asyncio.Future[PostResult]":
        return self.batcher.submit(post)

    def write(self, post: Post) -> PostResult:
        return self.batcher.write(post)

    # Events of other processes.

    def listen(self) -> None:
        """Subscribes to the channel layer, on a new connection if it was subscribed before."""
        if self.listener is not None:
            self.listener.cancel()
        self.listener = self.registry.tasks.spawn(self._listen())

    async def _listen(self) -> None:
        layer = self.layer
        while True:
            try:
                await layer.flush()  # removes channels that nobody reads
                channel = await layer.new_channel("hub")
                await layer.group_add(GROUP, channel)
                report_reconnects(layer, self._reconnected)
                self.heartbeat.events_lost()  # those before the subscription
                while True:
                    await self._receive_next(layer, channel)
            except (OSError, RedisError):  # the publisher logs the outage
                await asyncio.sleep(RETRY_SECONDS)

    def _reconnected(self, connection: Any) -> None:
        self.heartbeat.events_lost()

    async def _receive_next(self, layer: Any, channel: str) -> None:
        """Receives one message. Anybody with access to Redis can publish there, so an invalid
        message is skipped."""
        try:
            message = await layer.receive(channel)
            origin, number = str(message["origin"]), int(message["number"])
            events = list(message["events"])
        except (LookupError, TypeError, ValueError) as error:
            logger.warning("A message of the channel layer was skipped: %r", error)
            return
        self.heartbeat.record(origin, number)
        if origin != self.name:
            self._dispatch_all(events)

    def _dispatch_all(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            try:
                seen_changes.record(event)
                self.dispatch(user_ids.from_wire(event))
            except Exception:
                logger.exception("An event was skipped: %.60r", event)

    def dispatch(self, event: dict[str, Any]) -> None:
        HANDLERS[event["kind"]](self.registry, event)


def report_reconnects(layer: Any, reconnected: Callable[[Any], None]) -> None:
    """Calls a method whenever a connection of the channel layer that receives was renewed, because
    the sender of what was lost meanwhile may have ended, so that no later number shows the loss.
    channels_redis 4.3 renews it silently and never calls its option `on_reconnect`."""
    if isinstance(layer, RedisPubSubChannelLayer):
        with suppress(AttributeError):  # in another version; most losses show by their numbers
            for shard in layer._get_layer()._shards:
                shard._pubsub.connection.register_connect_callback(reconnected)


_stopped: WeakSet[asyncio.AbstractEventLoop] = WeakSet()  # loops whose hub was stopped


def get_hub() -> Hub:
    """Returns the hub of the running loop, which starts at the first call. Raises HubStopped after
    it was stopped."""
    loop = asyncio.get_running_loop()
    if loop in _stopped:
        raise HubStopped
    hub = running_hub()
    if hub is None or hub.loop is not loop:
        hub = Hub()
        hub.start()
    return hub


def running_hub() -> Hub | None:
    """Returns the hub of this process, or None if none is running."""
    hub = local.current()
    return hub if isinstance(hub, Hub) else None


async def stop() -> None:
    """Stops the hub before the process ends. Later handshakes do not start another one. A second
    call does nothing."""
    loop = asyncio.get_running_loop()
    hub = running_hub() if loop not in _stopped else None
    _stopped.add(loop)
    if hub is not None:
        await hub.stop()
