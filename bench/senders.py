"""Senders of posts: each keeps a number of posts under way and records their acknowledgements."""

import asyncio
import json
import re
import time
import uuid

from bench.client import Client

POSTED = re.compile(rb'"posted","client_id":"([0-9a-f-]{36})"')
BODY = "The quick brown fox jumps over the lazy dog, and then it asks: what was that for?"
FINISHING_SECONDS = 10


class Sender:
    def __init__(self, room_id: int) -> None:
        self.room_id = room_id
        self.sent: dict[str, float] = {}
        self.acknowledged: list[str] = []
        self.times: list[float] = []
        self.is_over = False

    async def finished(self) -> None:
        deadline = time.perf_counter() + FINISHING_SECONDS
        while self.sent:
            if time.perf_counter() > deadline:
                raise SystemExit(f"{len(self.sent)} posts were never acknowledged.")
            await asyncio.sleep(0.02)

    def new_client_id(self) -> str:
        client_id = str(uuid.uuid4())
        self.sent[client_id] = time.perf_counter()
        return client_id

    def acknowledge(self, client_id: str) -> None:
        self.times.append(time.perf_counter() - self.sent.pop(client_id))
        self.acknowledged.append(client_id)


class SocketSender(Sender):
    """Posts over a WebSocket."""

    def __init__(self, room_id: int, client: Client) -> None:
        super().__init__(room_id)
        self.client = client
        client.watch = self._arrived

    def start(self, in_flight: int) -> None:
        for _ in range(in_flight):
            self._post()

    def _post(self) -> None:
        self.client.send(post_frame(self.room_id, self.new_client_id()))

    def _arrived(self, client: Client, data: bytes) -> None:
        for client_id in POSTED.findall(data):
            self.acknowledge(client_id.decode())
            if not self.is_over:
                self._post()


def post_frame(room_id: int, client_id: str) -> bytes:
    frame = {"type": "post", "room": room_id, "client_id": client_id, "body": BODY}
    return json.dumps(frame).encode()


class ApiSender(Sender):
    """Posts over the API, with a persistent connection for each post under way."""

    def __init__(self, room_id: int, port: int, token: str) -> None:
        super().__init__(room_id)
        self.port, self.token = port, token
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, in_flight: int) -> None:
        self.tasks = [asyncio.create_task(self._keep_posting()) for _ in range(in_flight)]

    async def _keep_posting(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while not self.is_over:
            client_id = self.new_client_id()
            writer.write(self._request(client_id))
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 201"):
                raise SystemExit(head.decode())
            await reader.readexactly(content_length(head))
            self.acknowledge(client_id)
        writer.close()

    def _request(self, client_id: str) -> bytes:
        body = json.dumps({"client_id": client_id, "body": BODY}).encode()
        return (
            f"POST /api/rooms/{self.room_id}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def content_length(head: bytes) -> int:
    line = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return int(line.split(b":")[1])
