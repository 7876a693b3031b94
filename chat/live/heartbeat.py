"""What the hub does every second: presence, sockets that stalled or whose session is over, and
whether the channel layer lost anything.

Every process numbers its messages, and the last one is followed by a beat. A number left out,
whether it was lost on the way or never left, says that events were lost: then this process catches
up from the database. It does too while it does not hear itself, and, without any sign, at times.
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
    """`listen` has this process subscribe to the channel layer anew."""

    def __init__(
        self, registry: Registry, publisher: Publisher, listen: Callable[[], None]
    ) -> None:
        self.registry, self.publisher, self.listen = registry, publisher, listen
        self.presence_feed = PresenceFeed(registry)
        self.ticks = 0
        # The number of the last message of each process, that heard last at the end.
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
                logger.exception("A beat of the hub failed")

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
        """A connection that only hears can be dead for ever without a word, as after a failover."""
        cannot_hear = self.is_unsubscribed() and not self.publisher.is_down
        self.unsubscribed_ticks = self.unsubscribed_ticks + 1 if cannot_hear else 0
        if self.unsubscribed_ticks == UNSUBSCRIBED_TICKS_MAX:
            self.unsubscribed_ticks = 0
            self.listen()

    def record(self, origin: str, number: int) -> None:
        """A message came. The first of a process has the number 1."""
        before = self.last_numbers.pop(origin, 0)
        self.last_numbers[origin] = number
        if len(self.last_numbers) > PROCESSES_MAX:  # most of them ended long ago
            del self.last_numbers[next(iter(self.last_numbers))]
        if number != before + 1:
            self.events_lost()

    def events_lost(self) -> None:
        """Events were lost; handshakes under way may have been what they were about."""
        for handshake in self.registry.handshakes:
            handshake.missed_events = True
        self.catch_up()

    def catch_up(self) -> None:
        """Once more where it is under way: it may have read what was written before the loss."""
        self.is_behind = True
        if self.catching_up is None or self.catching_up.done():
            self.catching_up = self.registry.tasks.spawn(self._catch_up())

    async def _catch_up(self) -> None:
        while self.is_behind:
            self.is_behind = False
            await catch_up(self.registry)

    async def _presence(self) -> None:
        changes = await self.registry.present.sync()
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
