"""Starts and stops the live part of chat together with the server, under any ASGI server."""

import asyncio
import os
import signal
import threading
from types import FrameType
from typing import Any

from chat.live import hub

STOP_SECONDS = 5
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class HubLifespan:
    """Wraps the project's ASGI application. Put it around everything else:

        application = HubLifespan(ProtocolTypeRouter({...}))

    When the server is told to stop, every socket gets `bye`, the posts that were received are
    written and acknowledged, and the others see that this process's users left. Only then does the
    server receive the signal. A second signal reaches it immediately.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self.stopper: SignalStopper | None = None

    async def __call__(self, scope, receive, send) -> None:
        # At the first connection for servers without lifespan, such as daphne.
        if self.stopper is None and threading.current_thread() is threading.main_thread():
            self.stopper = SignalStopper(asyncio.get_running_loop())
        if scope["type"] == "lifespan":
            await self.follow(receive, send)
        else:
            await self.application(scope, receive, send)

    async def follow(self, receive, send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await hub.stop()
        await send({"type": "lifespan.shutdown.complete"})


class SignalStopper:
    """Stops the hub at a signal, before the handlers that were there run. Servers close the sockets
    at the signal, which is too late to tell their clients anything."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.is_stopping = False
        self.handlers = {number: signal.getsignal(number) for number in SIGNALS}
        for number, handler in self.handlers.items():
            if handler not in (None, signal.SIG_IGN):  # None: not set by Python
                signal.signal(number, self.receive)

    def receive(self, number: int, frame: FrameType | None) -> None:
        if self.is_stopping or self.loop.is_closed():
            self.pass_on(number)
        else:
            self.is_stopping = True
            self.loop.call_soon_threadsafe(self.stop, number)

    def stop(self, number: int) -> None:
        stopping = self.loop.create_task(asyncio.wait_for(hub.stop(), STOP_SECONDS))
        stopping.add_done_callback(lambda _: self.pass_on(number))

    def pass_on(self, number: int) -> None:
        handler = self.handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, None)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
