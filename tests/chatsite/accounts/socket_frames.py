"""Reads the frames of sockets to the real site."""

import json
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from chat.events import events
from tests.site import session_of

WAIT_SECONDS = 10


def cookie(user) -> dict[str, str]:
    return {"Cookie": f"sessionid={session_of(user)}"}


def greeted_user(socket) -> str:
    """Returns the user in the frame hello."""
    return next_frame(socket, "hello")["user"]["username"]


def next_frame(socket, kind: str) -> dict:
    while (frame := json.loads(socket.recv(WAIT_SECONDS)))["type"] != kind:
        pass
    return frame


def wait_until_subscribed(socket, user) -> None:
    """Waits until the site receives events of this process: it subscribes only after its first
    socket has opened."""
    while True:
        events.read(user.pk, {"room": 0, "read": 0})
        with suppress(TimeoutError):
            while json.loads(socket.recv(0.1))["type"] != "read":
                pass
            return


def close_code(socket) -> int:
    with suppress(ConnectionClosed):
        while True:
            socket.recv(WAIT_SECONDS)
    return socket.close_code
