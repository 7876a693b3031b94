"""Pages and sockets in one process."""

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter

from chatsite.environment import read_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
read_settings()
django.setup()  # before the imports of models

from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

import chatsite.urls  # noqa: E402, F401 - all views, so that none is loaded by the first page
from chat.consumers import ChatConsumer  # noqa: E402
from chat.rendering.addresses import SOCKET_PATH  # noqa: E402
from chatsite.accounts.socket_auth import SocketAuthMiddleware, refuse_unknown_path  # noqa: E402
from chatsite.serving import request_guard, static  # noqa: E402
from chatsite.serving.sync_pages import Pages  # noqa: E402

chat = SocketAuthMiddleware(ChatConsumer.as_asgi())
# A proxy may pass the prefix on or take it off; Django allows both for pages.
prefix = (settings.FORCE_SCRIPT_NAME or "").strip("/")
paths = {SOCKET_PATH, f"{prefix}/{SOCKET_PATH}".lstrip("/")}
sockets = URLRouter(
    [*(path(address, chat) for address in paths), re_path("", refuse_unknown_path)]  # type: ignore[arg-type]
)
application = request_guard.asgi(
    ProtocolTypeRouter({"http": static.asgi(Pages()), "websocket": sockets})
)
