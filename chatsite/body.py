"""A request's whole body, before a thread is taken for it: who sends slowly keeps none."""

from typing import Any

from django.conf import settings

LENGTH_HEADERS = {b"content-length", b"transfer-encoding"}


class WholeBody:
    """Before a WSGI application under ASGI. What comes in chunks gets the length that WSGI wants;
    of what is too long only so much is read that Django refuses it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await read(receive)
        if body is None:
            return
        headers = [header for header in scope["headers"] if header[0] not in LENGTH_HEADERS]
        if body:
            headers.append((b"content-length", str(len(body)).encode()))

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app({**scope, "headers": headers}, again, send)


async def read(receive: Any) -> bytes | None:
    """None where the sender went away."""
    body, more = bytearray(), True
    while more and len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)
