"""Sends events from any thread to the channel layer, with one sender in each process.

Publishing never raises and never waits. While Redis is down, events are dropped, and the hubs catch
up from the database. They notice a loss by the numbers of the messages. The last message is always
followed by a beat, whose number shows whether the message before it was lost.
"""

import asyncio
import atexit
import logging
import socket
import threading
import uuid
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from chat.events import local, seen_changes, user_ids

GROUP = "chat"
PENDING_MAX = 10_000  # events; above it the oldest are dropped
SEND_SECONDS = 2
DRAIN_SECONDS = 1
BEAT = {"kind": "beat"}
BEAT_SECONDS = 2

logger = logging.getLogger(__name__)


class Publisher:
    """Sends all pending events in one message of the channel layer."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.pending: list[dict[str, Any]] = []
        self.sender: asyncio.Task[None] | None = None
        self.number = 0  # of the last message, whether it was sent or not
        self.is_down = False
        self.next_beat: asyncio.TimerHandle | None = None

    def publish(self, event: dict[str, Any]) -> None:
        """Sends an event soon. Call it on the loop's thread."""
        if self.next_beat is not None:
            self.next_beat.cancel()
        self.pending.append(event)
        if len(self.pending) > PENDING_MAX:
            del self.pending[0]
            self.number += 1  # a gap in the numbers, so that the others notice
        if self.sender is None or self.sender.done():
            self.sender = asyncio.get_running_loop().create_task(self._send_all())

    async def drain(self) -> None:
        """Waits for pending events for at most DRAIN_SECONDS; the other processes catch up
        later."""
        if self.sender is not None:
            await asyncio.wait([self.sender], timeout=DRAIN_SECONDS)
            self.sender.cancel()
        if self.next_beat is not None:
            self.next_beat.cancel()

    async def _send_all(self) -> None:
        while self.pending:
            events, self.pending = self.pending, []
            self.number += 1
            message = {
                "type": "chat.events",
                "origin": self.origin,
                "number": self.number,
                "events": list(map(user_ids.to_wire, events)),
            }
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await get_channel_layer().group_send(GROUP, message)
            except (OSError, RedisError) as error:
                self._record(down=True, error=error)
            else:
                self._record(down=False)
        if self.is_down or events != [BEAT]:
            loop = asyncio.get_running_loop()
            self.next_beat = loop.call_later(BEAT_SECONDS, self.publish, BEAT)

    def _record(self, down: bool, error: Exception | None = None) -> None:
        if down and not self.is_down:
            logger.warning(
                "Redis is down: events reach only this process until it is back: %r", error
            )
        elif self.is_down and not down:
            logger.warning("Redis is back: events reach every process again.")
        self.is_down = down


def publish(event: dict[str, Any]) -> None:
    """Publishes a committed event, in a process with or without a hub. It may be called from any
    thread."""
    seen_changes.record(event)
    if (hub := local.current()) is not None:
        hub.publish(event)
    else:
        loop, publisher = background()
        loop.call_soon_threadsafe(publisher.publish, event)


class PublisherLoop(asyncio.SelectorEventLoop):
    """Resolves host names in its own thread, because executors stop before a process exits."""

    async def getaddrinfo(self, host, port, *, family=0, type=0, proto=0, flags=0):
        return socket.getaddrinfo(host, port, family, type, proto, flags)


_background: tuple[asyncio.AbstractEventLoop, Publisher] | None = None
_lock = threading.Lock()


def background() -> tuple[asyncio.AbstractEventLoop, Publisher]:
    """Returns a loop in its own thread, for WSGI processes, workers and commands."""
    global _background
    with _lock:
        if _background is None:
            loop = PublisherLoop()
            threading.Thread(target=loop.run_forever, name="chat-publisher", daemon=True).start()
            _background = loop, Publisher(origin=uuid.uuid4().hex)
            atexit.register(drain_at_exit, *_background)
    return _background


def drain_at_exit(loop: asyncio.AbstractEventLoop, publisher: Publisher) -> None:
    """Sends what a command published right before its end."""
    drained = asyncio.run_coroutine_threadsafe(publisher.drain(), loop)
    with suppress(TimeoutError):  # a forked process does not have the thread
        drained.result(2 * DRAIN_SECONDS)
