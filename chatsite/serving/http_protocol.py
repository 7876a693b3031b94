"""uvicorn's HTTP protocol with bounds on peers that have not been served yet. The handshake of a
WebSocket is also a request, and has the same bounds."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chatsite.serving.bounds import DESCRIPTORS_RESERVED, Bounds

HEADER_LINE_EXTRA_BYTES = 4  # colon, space, CR, LF
RETRY_SECONDS = 5


class BoundedHttpProtocol(HttpToolsProtocol):
    bounds = Bounds()
    phase = ""  # the part that the peer has to send: "head", "body", or none
    timer: asyncio.TimerHandle | None = None
    write_timer: asyncio.TimerHandle | None = None
    is_refused = False
    unparsed_bytes = head_bytes = body_bytes = 0

    @classmethod
    def with_bounds(cls, bounds: Bounds) -> type["BoundedHttpProtocol"]:
        return type(cls.__name__, (cls,), {"bounds": bounds})

    # From the transport.

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if (over := len(self.connections) - self.bounds.connections) > 0:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, linger=over < DESCRIPTORS_RESERVED // 2)
        else:
            self._await("head")

    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        before = self.phase
        super().data_received(data)
        if before == self.phase == "head":
            self.unparsed_bytes += len(data)
            if self.unparsed_bytes > self.bounds.head_bytes:
                self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif before != self.phase:
            self._await(self.phase)
        elif self._is_idle():  # an empty line has ended the wait for the next request
            self._await("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._await("")
        self._stop_write_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self._stop_write_timer()
        super().resume_writing()

    # From the parser. It passes their exceptions to `send_400_response`.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.phase = "head"
        self.unparsed_bytes = self.head_bytes = self.body_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self.head_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts the header. Trailers of a chunked body arrive here too."""
        self.head_bytes += len(name) + len(value) + HEADER_LINE_EXTRA_BYTES
        if self.head_bytes > self.bounds.head_bytes:
            self._refuse_head()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.head_bytes > self.bounds.head_bytes:
            self._refuse_head()
        self.phase = "body"
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.phase = ""
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Sends the library's refusal: it has its own bounds on header lines, and uvicorn does not
        send its response if a handshake exceeds one."""
        self._await("")
        super().handle_websocket_upgrade()
        socket: Any = self.transport.get_protocol()
        if not socket.handshake_initiated:
            refusal = b"".join(socket.conn.data_to_send())
            self.transport.write(refusal or response(HTTPStatus.BAD_REQUEST))
            self.transport.close()

    def _refuse_head(self) -> None:
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        raise ValueError

    # Peers that are late.

    def _await(self, phase: str) -> None:
        self.phase = phase
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if phase == "head":
            self.timer = self.loop.call_later(self.bounds.head_seconds, self._head_is_late)
        elif phase == "body":
            self.timer = self.loop.call_later(self.bounds.body_seconds, self._check_body)

    def _is_idle(self) -> bool:
        is_ours = self.transport.get_protocol() is self and not self.transport.is_closing()
        return is_ours and not self.phase and not self.is_refused and not self._is_responding()

    def _is_responding(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _head_is_late(self) -> None:
        """Refuses a late request. The next request may wait while an earlier one is being
        processed. A connection that received nothing is closed without a response: browsers open
        some in advance."""
        if self._is_responding():
            self._await("head")
        elif self.unparsed_bytes or self.head_bytes:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _check_body(self) -> None:
        """Refuses a slow body. A peer is not late while we do not read. A peer that got its
        response early has had time to send the rest."""
        enough = self.bounds.body_bytes_per_second * self.bounds.body_seconds
        arrived, self.body_bytes = self.body_bytes, 0
        if not self._is_responding():
            self._end_soon()
        elif self.flow.read_paused or arrived >= enough:
            self._await("body")
        else:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._expect_reading()  # of the rest of the last response

    def _expect_reading(self) -> None:
        self._stop_write_timer()
        left = self.transport.get_write_buffer_size()
        self.write_timer = self.loop.call_later(self.bounds.write_seconds, self._check_read, left)

    def _check_read(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._expect_reading()
        else:
            self.transport.abort()

    def _stop_write_timer(self) -> None:
        if self.write_timer is not None:
            self.write_timer.cancel()
            self.write_timer = None

    # Refusals.

    def send_400_response(self, msg: str) -> None:
        self.refuse(HTTPStatus.BAD_REQUEST)

    def refuse(self, status: HTTPStatus, linger: bool = True) -> None:
        if self.is_refused or self.transport.is_closing():
            return
        if self._is_responding():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self._is_responding() or not self.cycle.response_started:
            self.transport.write(response(status))
        if linger:
            self._end_soon()
        else:
            self.is_refused = True
            self.transport.close()

    def _end_soon(self) -> None:
        """Discards the data that still arrives for a moment. If it were left unread, the kernel
        would reset the connection, and the peer might not see the response."""
        self.is_refused = True
        self._await("")
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(self.bounds.linger_seconds, self.transport.abort)


def response(status: HTTPStatus) -> bytes:
    lines = [
        STATUS_LINE[status].rstrip(),
        b"content-type: text/plain; charset=utf-8",
        b"content-length: %d" % len(status.phrase),
        b"connection: close",
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append(b"retry-after: %d" % RETRY_SECONDS)
    return b"\r\n".join([*lines, b"", status.phrase.encode()])
