"""A server process with one user: python -m tests.presence.server_process NAME USER_ID"""

import asyncio
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from presence.socket_tracker import SocketTracker  # noqa: E402


async def serve(name: str, user_id: int) -> None:
    sockets = SocketTracker(name)
    sockets.opened(user_id)
    while True:
        await sockets.sync()
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
