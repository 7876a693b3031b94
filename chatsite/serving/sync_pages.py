"""Serves pages in the process that has the sockets: each request runs in one thread.

Django's own ASGI handler, and adapters from WSGI to ASGI, switch between the loop and a thread
several times a page, and each time one waits for the other. Here a request goes to a thread with
its whole body, and the whole response comes back, so a slow upload or download does not occupy a
thread.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from chatsite.ops.database_outage import outage

THREADS = 8
SLOW_SECONDS = 5
PART_BYTES = 64 * 1024  # of a streamed response

LENGTH_HEADERS = {b"content-length", b"transfer-encoding"}


class Pages(ASGIHandler):
    def __init__(self) -> None:
        self.load_middleware()
        self.threads = new_threads()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await read_body(receive)
        if body is None:
            return
        response = await self._respond_in_time(scope, body)
        if response.streaming:
            await self._stream(response, send)
        else:
            await send(response_start(response))
            await send({"type": "http.response.body", "body": response.content})

    async def _respond_in_time(self, scope: Any, body: bytes) -> Any:
        """Returns the response. If it is late, the database may hang: then its thread is abandoned,
        and a new one responds that the site is not available."""
        threads = self.threads
        future = self._in_thread(self.respond, scope, body)
        loop = future.get_loop()
        late = loop.call_later(SLOW_SECONDS, lambda: loop.create_task(cancel_if_away(future)))
        try:
            return await future
        except asyncio.CancelledError:
            if not outage.refuses or is_cancelled(asyncio.current_task()):
                raise
            if self.threads is threads:
                self.threads = new_threads()
            return await self._in_thread(self.respond, scope, body)
        finally:
            late.cancel()

    async def _stream(self, response: Any, send: Any) -> None:
        parts = filter(None, response)
        try:
            await send(response_start(response))
            while part := await self._in_thread(next, parts, b""):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await self._in_thread(response.close)

    def _in_thread(self, *work: Any) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(self.threads, *work)

    def respond(self, scope: Any, body: bytes) -> Any:
        """Returns a response. A streaming one has to be closed after it was read."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(with_length(scope, body), BytesIO(body))
        response: Any = self.get_response(request) if request else refusal
        response._handler_class = self.__class__
        if response.streaming:
            response.block_size = PART_BYTES  # of a file
        else:
            response.close()
        return response


def new_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="pages")


async def cancel_if_away(future: "asyncio.Future[Any]") -> None:
    await asyncio.to_thread(outage.check_for_hang)
    if outage.refuses:
        future.cancel()


def is_cancelled(task: "asyncio.Task[Any] | None") -> bool:
    """Returns whether the task itself was cancelled, not only the future that it waits for."""
    return task is not None and task.cancelling() > 0


async def read_body(receive: Any) -> bytes | None:
    """Returns the body, or None if the client went away. Stops reading a long body when it is long
    enough for Django to refuse it."""
    body, more = bytearray(), True
    while more and len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def with_length(scope: Any, body: bytes) -> Any:
    """Adds the length that Django needs to a body that came in chunks."""
    headers = [header for header in scope["headers"] if header[0] not in LENGTH_HEADERS]
    if body:
        headers.append((b"content-length", str(len(body)).encode()))
    return {**scope, "headers": headers}


def response_start(response: HttpResponseBase) -> dict[str, Any]:
    """Returns the ASGI message that begins a response."""
    cookies = (("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values())
    headers = [
        (name.lower().encode("ascii"), value.encode("latin-1"))
        for name, value in (*response.items(), *cookies)
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
