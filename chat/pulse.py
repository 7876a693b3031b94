"""What the hub does every second: presence, sockets that stalled or whose session is over, and
whether the channel layer lost anything.

Every process numbers its messages, and sends one at least every other second. A number left out,
whether it was lost on the way or never left, says that events were lost: then this process catches
up from the database. It does too while it does not hear itself, and, without any sign, at times.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from chat.catchup import catch_up
from chat.sockets import SIGNED_OUT
from presence.sockets import Diff

if TYPE_CHECKING:
    from chat.hub import Hub

TICK_SECONDS = 1
BEAT_TICKS = 2
SOCKETS_TICKS = 5
LOST_MESSAGES = 2
CATCH_UP_TICKS = 60
CATCH_UP_TICKS_DEAF = 3
DEAF_TICKS_MAX = 15
PROCESSES_KEPT = 1000

logger = logging.getLogger(__name__)


class Pulse:
    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.ticks = 0
        # The number of the last message of each process, that heard last at the end.
        self.heard: dict[str, int] = {}
        self.catching_up: asyncio.Task[None] | None = None
        self.is_behind = False
        self.deaf_ticks = 0
        self.is_unsure = False  # of a socket that came while events were lost

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
            self.hub.publisher.publish({"kind": "beat"})
        if self.ticks % SOCKETS_TICKS == 0:
            self._end_sockets()
        self._listen_again()
        every = CATCH_UP_TICKS_DEAF if self.is_deaf() else CATCH_UP_TICKS
        if self.is_unsure or self.ticks % every == 0:
            self.is_unsure = False
            self.catch_up()

    def is_deaf(self) -> bool:
        return self.hub.publisher.number - self.heard.get(self.hub.name, 0) >= LOST_MESSAGES

    def _listen_again(self) -> None:
        """A connection that only hears can be dead for ever without a word, as after a failover."""
        cannot_hear = self.is_deaf() and not self.hub.publisher.is_down
        self.deaf_ticks = self.deaf_ticks + 1 if cannot_hear else 0
        if self.deaf_ticks == DEAF_TICKS_MAX:
            self.deaf_ticks = 0
            self.hub.listen()

    def note(self, origin: str, number: int) -> None:
        """A message came."""
        before = self.heard.pop(origin, None)
        self.heard[origin] = number
        if len(self.heard) > PROCESSES_KEPT:  # most of them ended long ago
            del self.heard[next(iter(self.heard))]
        if before is not None and number != before + 1:
            self.lost()

    def lost(self) -> None:
        """Events were lost; handshakes under way may have been what they were about."""
        for arrival in self.hub.arrivals:
            arrival.is_unsure = True
        self.catch_up()

    def catch_up(self) -> None:
        """Once more where it is under way: it may have read what was written before the loss."""
        self.is_behind = True
        if self.catching_up is None or self.catching_up.done():
            self.catching_up = self.hub.spawn(self._catch_up())

    async def _catch_up(self) -> None:
        while self.is_behind:
            self.is_behind = False
            await catch_up(self.hub)

    async def _presence(self) -> None:
        changes = await self.hub.present.sync()
        if announced := states(changes.announce):
            event = {"kind": "presence", "server": self.hub.name, **announced}
            self.hub.publisher.publish(event)
        await self.hub.announcer.tell(changes)

    def _end_sockets(self) -> None:
        now, clock = timezone.now(), self.hub.loop.time()
        for socket in list(self.hub.sockets):
            expires = socket.auth.get("expires")
            if expires is not None and expires <= now:
                self.hub.end(socket, SIGNED_OUT)
            else:
                socket.cut_if_stalled(clock)


def states(diff: Diff) -> dict[str, list[int]]:
    named = {"here": diff.here, "away": diff.away, "left": diff.left}
    return {state: users for state, users in named.items() if users}
