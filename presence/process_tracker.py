"""The open sockets of this process, for consumers without a hub of their own. One tracker per event
loop begins with the first socket, and synchronizes with Redis every second until the loop ends."""

import asyncio
import logging
import uuid

from presence.primary_key import UserId
from presence.socket_tracker import SocketTracker

SYNC_SECONDS = 1

logger = logging.getLogger(__name__)
_trackers: dict[asyncio.AbstractEventLoop, "ProcessTracker"] = {}


def process_tracker() -> "ProcessTracker":
    """Returns the tracker of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _trackers:
        for other in [other for other in _trackers if other.is_closed()]:
            del _trackers[other]
        _trackers[loop] = ProcessTracker()
    return _trackers[loop]


class ProcessTracker(SocketTracker):
    def __init__(self) -> None:
        super().__init__(uuid.uuid4().hex)
        self.lock = asyncio.Lock()
        self.task = asyncio.create_task(self._synchronize())

    async def end(self, user_id: UserId) -> None:
        """Closes a socket. The last one takes the lease with it: a server that stops waits for its
        consumers, but not for the task."""
        self.closed(user_id)
        async with self.lock:
            if not self.open:
                await self.close()

    async def _synchronize(self) -> None:
        try:
            while True:
                await self._sync_once()
                if self.task.cancelling():  # redis-py swallows some cancellations
                    raise asyncio.CancelledError
                await asyncio.sleep(SYNC_SECONDS)
        except asyncio.CancelledError:  # the loop ends
            await self.close()
            raise

    async def _sync_once(self) -> None:
        try:
            async with self.lock:
                await self.sync()
        except Exception:
            logger.exception("Open sockets could not be synchronized")
