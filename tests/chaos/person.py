"""A client that follows protocol.md: it resends, notices gaps, catches up and reconnects."""

import asyncio
import contextlib
import json
import uuid
from typing import Any

import websockets

RETRY_SECONDS = 0.1


class Person:
    """`messages` is the content of a page, by id. `acknowledged`: `posted` frames by client_id."""

    def __init__(self, url: str, session: str, room_id: int) -> None:
        self.url = url.replace("http://", "ws://") + "/ws/?format=json"
        self.session, self.room_id = session, room_id
        self.user_id = 0
        self.known = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self.outbox: dict[str, str] = {}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.frames: list[dict[str, Any]] = []
        self.connections = 0
        self.closed_with: int | None = None
        self.socket: websockets.ClientConnection | None = None
        self.changed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Person":
        self.task = asyncio.create_task(self._stay_connected())
        await self.until(lambda: self.connections)
        return self

    async def __aexit__(self, *_) -> None:
        assert self.task is not None
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def until(self, condition, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def post(self, body: str) -> str:
        """Puts a post into the outbox, which sends it now or after the next connection."""
        client_id = str(uuid.uuid4())
        self.outbox[client_id] = body
        await self.send(self._post(client_id))
        return client_id

    async def settled(self) -> None:
        """Returns when all frames sent so far are answered. Frames are answered in order."""
        await self.send({"type": "ping"})
        await self.until(lambda: {"type": "pong"} in self.frames)

    async def send(self, frame: dict[str, Any]) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            if self.socket is not None:
                await self.socket.send(json.dumps(frame))

    def _post(self, client_id: str) -> dict[str, Any]:
        body = self.outbox[client_id]
        return {"type": "post", "room": self.room_id, "client_id": client_id, "body": body}

    async def _stay_connected(self) -> None:
        headers = {"Cookie": f"sessionid={self.session}"}
        while True:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                async with websockets.connect(self.url, additional_headers=headers) as socket:
                    await self._use(socket)
            self.socket = None
            self.changed.set()
            await asyncio.sleep(RETRY_SECONDS)

    async def _use(self, socket: websockets.ClientConnection) -> None:
        await socket.send(json.dumps(self._open()))
        for client_id in list(self.outbox):
            await socket.send(json.dumps(self._post(client_id)))
        self.socket = socket
        try:
            async for raw in socket:
                await self._receive(json.loads(raw))
                self.changed.set()
        finally:
            self.closed_with = socket.close_code

    def _open(self) -> dict[str, Any]:
        return {"type": "open", "room": self.room_id, "since": self.known}

    async def _receive(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] == "hello":
            self.user_id = frame["user"]["id"]
        elif frame["type"] == "opened":
            assert not frame["reset"]
            for change in frame["changes"]:
                self._show(change)
            self.known = max(self.known, frame["head"])
            self.connections += 1
        elif frame["type"] == "message":
            if frame["version"] > self.known + 1:
                await self.send(self._open())
            else:
                self.known = max(self.known, frame["version"])
            self._show(frame)
        elif frame["type"] == "posted":
            self.acknowledged[frame["client_id"]] = frame
            self.outbox.pop(frame["client_id"], None)

    def _show(self, frame: dict[str, Any]) -> None:
        shown = self.messages.get(frame["id"])
        if shown is None or shown["version"] <= frame["version"]:
            self.messages[frame["id"]] = frame["data"]
