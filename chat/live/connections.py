"""Writes to open WebSockets without waiting, and closes those that are too slow.

`DirectSocket` writes encoded bytes through the server's own writer, if the server offers it as a
scope extension (chatsite.server does). With other ASGI servers `SendSocket` uses `send()`.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from chat.protocol.close_codes import NORMAL, TOO_SLOW

BUFFER_MAX_BYTES = 1024 * 1024
STALLED_SECONDS = 20
# How long a slow client may read nothing before the connection is aborted. Until then it can still
# read the pending frames and the close frame after them.
SLOW_SECONDS = 10
EXTENSION = "chatsite.writer"

logger = logging.getLogger(__name__)


class FrameBatch:
    """Payloads for many sockets, which are encoded for the wire only once."""

    __slots__ = ("_wire", "payloads")

    def __init__(self, payloads: list[bytes]) -> None:
        self.payloads = payloads
        self._wire: bytes | None = None

    def wire(self, encode: Callable[[bytes], bytes]) -> bytes:
        if self._wire is None:
            self._wire = b"".join(map(encode, self.payloads))
        return self._wire


class Socket:
    """An open WebSocket. `auth` has the credentials and the address of its handshake, each
    optional: {"session_key", "token_id", "password", "expires", "scopes", "address"}."""

    __slots__ = (
        "__weakref__",
        "_last_buffered",
        "_last_progress",
        "auth",
        "html",
        "member_of",
        "open_rooms",
        "read_seqs",
        "user",
    )

    def __init__(self, user: Any, html: bool, auth: dict[str, Any]) -> None:
        self.user, self.html, self.auth = user, html, auth
        self.member_of: set[int] = set()
        self.open_rooms: set[int] = set()
        self.read_seqs: dict[int, int] = {}  # {room id: last seq read by this socket}
        self._last_buffered = 0
        self._last_progress = 0.0

    def write(self, batch: FrameBatch) -> None:
        raise NotImplementedError

    def close(self, code: int) -> None:
        """Closes the socket. Later writes are ignored."""
        raise NotImplementedError

    def close_slowly(self, code: int) -> None:
        """Closes the socket as `close` does, but aborts if the client reads nothing for
        SLOW_SECONDS."""
        raise NotImplementedError

    def buffered(self) -> int:
        """Returns the number of bytes that are not sent yet."""
        raise NotImplementedError

    def send(self, payload: bytes) -> None:
        self.write(FrameBatch([payload]))

    def close_if_stalled(self, now: float) -> None:
        """Closes the socket if its buffer has not shrunk for STALLED_SECONDS. `now` is in seconds
        of the loop's clock."""
        size = self.buffered()
        if not size or size < self._last_buffered:
            self._last_progress = now
        self._last_progress = self._last_progress or now
        self._last_buffered = size
        if now - self._last_progress > STALLED_SECONDS:
            self.close_as_too_slow()

    def close_as_too_slow(self) -> None:
        logger.info("Closed a socket of user %s, which was too slow", self.user.pk)
        self.close_slowly(TOO_SLOW)


class DirectSocket(Socket):
    __slots__ = ("_writer",)

    def __init__(self, user: Any, html: bool, auth: dict[str, Any], writer: Any) -> None:
        super().__init__(user, html, auth)
        self._writer = writer

    def write(self, batch: FrameBatch) -> None:
        if self._writer.write(batch.wire(self._writer.encode)) > BUFFER_MAX_BYTES:
            self.close_as_too_slow()

    def buffered(self) -> int:
        return self._writer.buffered()

    def close(self, code: int) -> None:
        self._writer.close(code)

    def close_slowly(self, code: int) -> None:
        self._writer.close(code, SLOW_SECONDS)


class SendSocket(Socket):
    __slots__ = ("_is_closed", "_queue", "_send", "_sender", "_size", "on_abort")

    def __init__(self, user: Any, html: bool, auth: dict[str, Any], send: Any) -> None:
        super().__init__(user, html, auth)
        self._send = send
        self._queue: deque[tuple[dict[str, Any], int]] = deque()
        self._size = 0
        self._sender: asyncio.Task[None] | None = None
        self._is_closed = False
        self.on_abort: Callable[[], Any] = lambda: None

    def write(self, batch: FrameBatch) -> None:
        if self._is_closed:
            return
        for payload in batch.payloads:
            self._put({"type": "websocket.send", "text": payload.decode()}, len(payload))
        if self._size > BUFFER_MAX_BYTES:
            self.close_as_too_slow()

    def buffered(self) -> int:
        return 0 if self._is_closed else self._size

    def close(self, code: int) -> None:
        self._put({"type": "websocket.close", "code": code}, 0)
        self._is_closed = True
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._abort_if_unsent)

    def close_slowly(self, code: int) -> None:
        """Drops the frames that the server has not accepted yet, so that the close frame is
        next."""
        if self._is_closed:
            return
        self._queue.clear()
        self.close(code)

    def _abort_if_unsent(self) -> None:
        """Ends the consumer, since no ASGI message aborts a connection. The server then closes
        it."""
        if self._sender is not None and not self._sender.done():
            self._sender.cancel()
            self.on_abort()

    def _put(self, message: dict[str, Any], size: int) -> None:
        if self._is_closed:
            return
        self._queue.append((message, size))
        self._size += size
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._send_all())

    async def _send_all(self) -> None:
        message: dict[str, Any] = {}
        try:
            while self._queue:
                message, size = self._queue.popleft()
                await self._send(message)
                self._size -= size
        except Exception as error:
            # Each server has its own exception for a lost peer. The consumer receives a disconnect.
            logger.debug("A socket was already closed: %r", error)
            self._queue.clear()
            if message.get("type") == "websocket.close":
                await self._close_without_code()

    async def _close_without_code(self) -> None:
        """Closes the socket with 1000: daphne refuses to send codes such as 1012, and leaves it
        open."""
        with contextlib.suppress(Exception):
            await self._send({"type": "websocket.close", "code": NORMAL})
