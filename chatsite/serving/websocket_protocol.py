"""uvicorn's WebSocket protocol for 10,000 sockets: a writer that the chat uses directly, bounds on
the data that a peer may send, and memory that is freed without the garbage collector."""

import socket
import struct
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

CLOSE_SECONDS = 2  # for the peer to reply to a close frame; then the connection is aborted
CLOSE_WAITS_MAX = 12  # for a peer that reads, but slowly
KERNEL_BUFFER_BYTES = 256 * 1024

READ_BYTES = 4 * 1024  # at most 682 frames, which take 5 ms
QUEUED_MESSAGES_MAX = 1000  # received with one read
CONTROL_FRAMES_MAX = 1000  # pings, pongs and parts of messages, in CONTROL_SECONDS
CONTROL_SECONDS = 10
FLOODED = 1008

TEXT = 0x81  # the first byte of an unfragmented text frame, RFC 6455 5.2


class DirectProtocol(WebSocketsSansIOProtocol):
    """Offers itself to the application as scope["extensions"]["chatsite.writer"].

    Frames written here bypass the ASGI `send()`, which may wait, and which builds each socket's
    frame again. It assumes that no extension such as permessage-deflate is negotiated.
    """

    is_lost = False
    has_response = True  # by the application, after it received the handshake
    control_frames = 0  # pings, pongs and parts of messages since `control_frames_since`
    control_frames_since = 0.0
    is_flooded = False

    def data_received(self, data: bytes) -> None:
        """Parses the data in pieces: one read may contain 40,000 frames, and the application's
        limits do not count frames that are not whole messages."""
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if (now := self.loop.time()) - self.control_frames_since > CONTROL_SECONDS:
            self.control_frames, self.control_frames_since = 0, now
        for start in range(0, len(data), READ_BYTES):
            if self.is_flooded or self.transport.is_closing():
                return
            super().data_received(data[start : start + READ_BYTES])
            if self.control_frames > CONTROL_FRAMES_MAX or self.queue.qsize() > QUEUED_MESSAGES_MAX:
                self._stop_flood()

    def handle_cont(self, event: Any) -> None:
        self.control_frames += 1
        super().handle_cont(event)

    def handle_ping(self) -> None:
        self.control_frames += 1
        super().handle_ping()

    def handle_pong(self, event: Any) -> None:
        self.control_frames += 1
        super().handle_pong(event)

    def _stop_flood(self) -> None:
        """Stops reading, and gives the peer a moment to read the reason."""
        self.is_flooded = True
        self.close(FLOODED)
        if not self.close_sent:  # during the handshake
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.pause_reading()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        self.has_response = not hasattr(self, "scope")
        if self.handshake_initiated and not self.handshake_complete:
            self.scope["extensions"]["chatsite.writer"] = self  # type: ignore[assignment]

    async def send(self, message: Any) -> None:
        """Sends a message. A handshake that got a response is complete; uvicorn would log an
        error."""
        await super().send(message)
        self.handshake_complete |= self.close_sent

    def connection_made(self, transport: Any) -> None:
        """Limits the kernel's buffer for a slow peer: it would grow to megabytes."""
        super().connection_made(transport)
        if (connection := transport.get_extra_info("socket")) is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

    def start_keepalive(self) -> None:
        """Starts the pings, right after the handshake, whose headers are no longer needed."""
        super().start_keepalive()
        del self.request, self.response

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.is_lost = True
        self._release_references()

    def on_task_complete(self, task: Any) -> None:
        super().on_task_complete(task)
        self.has_response = True
        self._release_references()

    def _release_references(self) -> None:
        """Breaks the reference cycles of a connection, so that it is freed immediately, without the
        garbage collector."""
        if self.is_lost and self.has_response:
            self.conn.parser.close()
            self.__dict__.pop("scope", {}).clear()
            del self.conn, self.transport

    @staticmethod
    def encode(payload: bytes) -> bytes:
        size = len(payload)
        if size < 126:
            return struct.pack("!BB", TEXT, size) + payload
        if size < 65536:
            return struct.pack("!BBH", TEXT, 126, size) + payload
        return struct.pack("!BBQ", TEXT, 127, size) + payload

    def write(self, data: bytes) -> int:
        """Writes the data. Returns the number of bytes that are still to be sent."""
        if self.is_lost or self.close_sent or self.transport.is_closing():
            return 0
        self.transport.write(data)
        return self.transport.get_write_buffer_size()

    def buffered(self) -> int:
        return 0 if self.is_lost else self.transport.get_write_buffer_size()

    def close(self, code: int, seconds: float = CLOSE_SECONDS) -> None:
        """Sends a close frame after the data that was written. If the peer reads none of that for
        `seconds`, the connection is aborted."""
        if self.is_lost or self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        try:
            self.conn.send_close(code)
        except InvalidState:
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:  # otherwise its reply would not be read
            self.read_paused = False
            self.transport.resume_reading()
        self._wait_for_close(seconds, CLOSE_WAITS_MAX)

    def _wait_for_close(self, seconds: float, waits: int) -> None:
        left = self.buffered()
        end = self._close_unless_read
        self.close_timer = self.loop.call_later(seconds, end, left, seconds, waits - 1)

    def _close_unless_read(self, before: int, seconds: float, waits: int) -> None:
        """Aborts the connection unless the peer reads: the kernel continues to send its buffer to a
        late reader."""
        left = self.buffered()
        if not left:
            self.transport.close()
        elif waits and left < before:
            self._wait_for_close(seconds, waits)
        else:
            self.transport.abort()
