"""Clients with one open socket each, to the application in this process or to a server."""

import asyncio
import json
from typing import Any

import websockets
from asgiref.testing import ApplicationCommunicator

from chatsite.asgi import application

WAIT_SECONDS = 10

Frame = dict[str, Any]


class SocketClient:
    """`close_code` is set once the socket is closed."""

    close_code: int | None = None

    async def send_text(self, text: str) -> None:
        raise NotImplementedError

    async def send_bytes(self, data: bytes) -> None:
        raise NotImplementedError

    async def receive(self) -> Frame | None:
        """Returns the next frame, or None if the socket is closed."""
        raise NotImplementedError

    async def end(self) -> None:
        raise NotImplementedError

    async def send(self, kind: str, **fields: Any) -> None:
        await self.send_text(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> list[Frame]:
        """Returns all frames up to the next one of that type."""
        frames = []
        while not frames or frames[-1]["type"] != kind:
            frame = await self.receive()
            assert frame is not None, f"closed with {self.close_code} before {kind}: {frames}"
            frames.append(frame)
        return frames

    async def next(self, kind: str) -> Frame:
        return (await self.until(kind))[-1]

    async def ask(self, kind: str, answer: str, **fields: Any) -> Frame:
        await self.send(kind, **fields)
        return await self.next(answer)

    async def open(self, room, since: int | None = None) -> Frame:
        return await self.ask("open", "opened", room=room.pk, since=since)

    async def settled(self) -> list[Frame]:
        """Returns the frames before the answer to a ping. Frames are answered in order."""
        await self.send("ping")
        return (await self.until("pong"))[:-1]

    async def closed(self) -> int | None:
        while await self.receive() is not None:
            pass
        return self.close_code


class LocalSocketClient(SocketClient):
    """Connects to the application in this process, through the ASGI `send()`."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        headers = {"Host": "testserver", **headers}
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
        }
        self.peer = ApplicationCommunicator(application, scope)

    async def connect(self) -> None:
        await self.peer.send_input({"type": "websocket.connect"})
        output = await self.peer.receive_output(WAIT_SECONDS)
        assert output["type"] == "websocket.accept"

    async def send_text(self, text: str) -> None:
        await self.peer.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self.peer.send_input({"type": "websocket.receive", "bytes": data})

    async def receive(self) -> Frame | None:
        output = await self.peer.receive_output(WAIT_SECONDS)
        if output["type"] == "websocket.close":
            self.close_code = output["code"]
            return None
        return json.loads(output["text"])

    async def end(self) -> None:
        await self.peer.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.peer.wait(WAIT_SECONDS)


class ServerSocketClient(SocketClient):
    def __init__(self, url: str, path: str, headers: dict[str, str]) -> None:
        self.url, self.headers = url.replace("http://", "ws://") + path, headers

    async def connect(self) -> None:
        # Without a limit, unread frames do not keep the closing handshake from being read.
        self.peer = await websockets.connect(
            self.url, additional_headers=self.headers, max_queue=None
        )

    async def send_text(self, text: str) -> None:
        await self.peer.send(text)

    async def send_bytes(self, data: bytes) -> None:
        await self.peer.send(data)

    async def receive(self) -> Frame | None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return json.loads(await self.peer.recv())
        except websockets.ConnectionClosed:
            self.close_code = self.peer.close_code
            return None

    async def end(self) -> None:
        await self.peer.close()
