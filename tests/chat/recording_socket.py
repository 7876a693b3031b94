import asyncio
import json
from typing import Any

from chat.live.connections import FrameBatch, Socket
from chat.live.write_queue import SOCKETS_PER_TURN


class RecordingSocket(Socket):
    """A socket that records its frames. Its peer reads everything."""

    def __init__(self, user: Any, html: bool = True) -> None:
        super().__init__(user, html, {})
        self.frames: list[dict[str, Any]] = []
        self.closed_with: int | None = None

    def write(self, batch: FrameBatch) -> None:
        self.frames += map(json.loads, batch.payloads)

    def close(self, code: int) -> None:
        self.closed_with = code

    def close_slowly(self, code: int) -> None:
        self.close(code)

    def buffered(self) -> int:
        return 0

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]


async def delivered(sockets: int = 1) -> None:
    """Returns when the write queue of this loop has written one job to so many sockets."""
    for _ in range(2 + sockets // SOCKETS_PER_TURN):
        await asyncio.sleep(0)
