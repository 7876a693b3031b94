"""What the hub does every second: presence, sockets that stalled or whose session is over, and
whether the channel layer lost anything.

Each hub numbers its beats. A beat of its own that does not come back, or comes after a lost one,
says that events were lost too: then the heads of all rooms that somebody looks at here are compared
with the database. Without any sign of loss they are compared now and then.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError
from django.utils import timezone

from chat import history, threads
from chat.messages import encode
from chat.repair import repair
from chat.sockets import SIGNED_OUT
from presence.sockets import Diff

if TYPE_CHECKING:
    from chat.hub import Hub

TICK_SECONDS = 1
BEAT_TICKS = 2
SOCKETS_TICKS = 5
LOST_BEATS = 2
COMPARE_TICKS = 60
COMPARE_TICKS_DEAF = 3
ROOMS_PER_QUERY = 500

logger = logging.getLogger(__name__)


class Pulse:
    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.ticks = 0
        self.sent = 0
        self.last_heard = 0

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
            self.sent += 1
            self.hub.publisher.publish({"kind": "beat", "number": self.sent})
        if self.ticks % SOCKETS_TICKS == 0:
            self._end_sockets()
        if self.ticks % (COMPARE_TICKS_DEAF if self.is_deaf() else COMPARE_TICKS) == 0:
            await self.compare_heads()

    def is_deaf(self) -> bool:
        return self.sent - self.last_heard >= LOST_BEATS

    def heard(self, beat: dict[str, Any], own: bool) -> None:
        if not own:
            return
        lost = beat["number"] != self.last_heard + 1
        self.last_heard = beat["number"]
        if lost:
            self.hub.spawn(self.compare_heads())

    async def compare_heads(self) -> None:
        ids = list(self.hub.rooms)
        for start in range(0, len(ids), ROOMS_PER_QUERY):
            try:
                heads = await threads.read(history.heads, ids[start : start + ROOMS_PER_QUERY])
            except DatabaseError as error:
                logger.warning("The rooms could not be compared: %s", error)
                return
            for room_id, head in heads.items():
                view = self.hub.rooms.get(room_id)
                if view is not None and (view.head or 0) < head:
                    await repair(self.hub, view)

    async def _presence(self) -> None:
        changes = await self.hub.present.sync()
        if told := states(changes):
            frame = encode({"type": "presence", "here": [], "left": [], **told})
            self.hub.outbox.put([frame], self.hub.sockets)
        if announced := states(changes.announce):
            event = {"kind": "presence", "server": self.hub.name, **announced}
            self.hub.publisher.publish(event)

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
