"""Runs the hub's work of every second: presence, stalled and expired sockets, and lost events.

Every process numbers its messages, and sends a beat after the last one. A missing number means that
events were lost, in transit or before they were sent: this process then catches up from the
database. It also does so every few seconds while it does not receive its own messages, and once a
minute in any case.
"""

import asyncio
import logging
from collections.abc import Callable

from django.utils import timezone

from chat.events.publisher import BEAT, Publisher
from chat.live.presence_feed import PresenceFeed
from chat.live.recovery import catch_up
from chat.live.registry import Registry
from chat.protocol.close_codes import SIGNED_OUT
from presence.socket_tracker import Diff

TICK_SECONDS = 1
BEAT_TICKS = 2
SOCKETS_TICKS = 5
LOST_MESSAGES = 2
CATCH_UP_TICKS = 60
CATCH_UP_TICKS_UNSUBSCRIBED = 3
UNSUBSCRIBED_TICKS_MAX = 15
PROCESSES_MAX = 1000

logger = logging.getLogger(__name__)


class Heartbeat:
    """The work of every second. `listen` subscribes this process to the channel layer again."""

    def __init__(
        self, registry: Registry, publisher: Publisher, listen: Callable[[], None]
    ) -> None:
        self.registry, self.publisher, self.listen = registry, publisher, listen
        self.presence_feed = PresenceFeed(registry)
        self.ticks = 0
        # The number of the last message of each process, in the order of their arrival.
        self.last_numbers: dict[str, int] = {}
        self.catching_up: asyncio.Task[None] | None = None
        self.is_behind = False
        self.unsubscribed_ticks = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self.tick()
            except Exception:
                logger.exception("A tick of the hub failed")

    async def tick(self) -> None:
        self.ticks += 1
        await self._presence()
        if self.ticks % BEAT_TICKS == 0:
            self.publisher.publish(BEAT)
        if self.ticks % SOCKETS_TICKS == 0:
            self._close_sockets()
        self._resubscribe_if_stale()
        every = CATCH_UP_TICKS_UNSUBSCRIBED if self.is_unsubscribed() else CATCH_UP_TICKS
        if self.registry.needs_catch_up or self.ticks % every == 0:
            self.registry.needs_catch_up = False
            self.catch_up()

    def is_unsubscribed(self) -> bool:
        return self.publisher.number - self.last_numbers.get(self.registry.name, 0) >= LOST_MESSAGES

    def _resubscribe_if_stale(self) -> None:
        """Subscribes again if nothing arrives for long. A connection that only receives can be dead
        without an error, for example after a failover."""
        is_stale = self.is_unsubscribed() and not self.publisher.is_down
        self.unsubscribed_ticks = self.unsubscribed_ticks + 1 if is_stale else 0
        if self.unsubscribed_ticks == UNSUBSCRIBED_TICKS_MAX:
            self.unsubscribed_ticks = 0
            self.listen()

    def record(self, origin: str, number: int) -> None:
        """Records the number of a message. The first message of a process has the number 1."""
        before = self.last_numbers.pop(origin, 0)
        self.last_numbers[origin] = number
        if len(self.last_numbers) > PROCESSES_MAX:  # most of these processes have ended
            del self.last_numbers[next(iter(self.last_numbers))]
        if number != before + 1:
            self.events_lost()

    def events_lost(self) -> None:
        """Catches up after events were lost. The lost events may concern handshakes in progress."""
        for handshake in self.registry.handshakes:
            handshake.missed_events = True
        self.catch_up()

    def catch_up(self) -> None:
        """Starts to catch up. If that is already in progress, it is repeated: it may have read the
        database before the loss."""
        self.is_behind = True
        if self.catching_up is None or self.catching_up.done():
            self.catching_up = self.registry.tasks.spawn(self._catch_up())

    async def _catch_up(self) -> None:
        while self.is_behind:
            self.is_behind = False
            await catch_up(self.registry)

    async def _presence(self) -> None:
        changes = await self.registry.tracker.sync()
        if announced := states_by_name(changes.announce):
            event = {"kind": "presence", "server": self.registry.name, **announced}
            self.publisher.publish(event)
        await self.presence_feed.publish(changes)

    def _close_sockets(self) -> None:
        now, clock = timezone.now(), asyncio.get_running_loop().time()
        for socket in list(self.registry.sockets):
            expires = socket.auth.get("expires")
            if expires is not None and expires <= now:
                self.registry.end(socket, SIGNED_OUT)
            else:
                socket.close_if_stalled(clock)


def states_by_name(diff: Diff) -> dict[str, list[int]]:
    named = {"here": diff.here, "away": diff.away, "left": diff.left}
    return {state: users for state, users in named.items() if users}
