"""Runs uvicorn with bounds on peers, and with a stop that loses nothing."""

import logging
from typing import Any

import uvicorn
from django.conf import settings

from chatsite.serving.bounds import Bounds, allowed_connections
from chatsite.serving.gc_freeze import GcFreezer
from chatsite.serving.http_protocol import BoundedHttpProtocol
from chatsite.serving.request_guard import is_loopback
from chatsite.serving.websocket_protocol import DirectProtocol

FRAME_MAX_BYTES = 64 * 1024
STOP_SECONDS = 4
BACKLOG = 4096  # all clients reconnect at the same time after a restart


class Server(uvicorn.Server):
    """A server that stops in order. On SIGTERM it refuses new connections, writes and confirms the
    posts that it has received, closes each socket with the code for a restart, and then continues
    uvicorn's shutdown."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.gc_freezer = GcFreezer()

    def stop(self) -> None:
        """Does what SIGTERM does. It may be called from any thread."""
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        self.gc_freezer.update(len(self.server_state.connections))
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        from chat.live import hub

        await hub.stop()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # otherwise it is raised again, like a failure


def server(host: str, port: int, access_log: bool = False) -> Server:
    """Returns a server. Its method `run` returns after a signal to stop, and raises SystemExit if
    the server cannot start."""
    bounds = Bounds(connections=allowed_connections(settings.MAX_CONNECTIONS))
    config = uvicorn.Config(
        "chatsite.asgi:application",
        host=host,
        port=port,
        ws=DirectProtocol,
        ws_max_size=FRAME_MAX_BYTES,
        ws_per_message_deflate=False,
        loop="uvloop",
        http=BoundedHttpProtocol.with_bounds(bounds),
        lifespan="off",
        access_log=access_log,
        log_level="warning",
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    return Server(config)


def debug_refusal(host: str) -> str:
    """Returns why the site must not be served there, or an empty string. Error pages with settings
    and source code are for the developer's own machine."""
    if not settings.DEBUG or is_loopback(host):
        return ""
    return f"Not serving on {host} with DEBUG on: set DEBUG=False and SECRET_KEY first."
