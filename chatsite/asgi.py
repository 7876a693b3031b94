import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
pages = get_asgi_application()  # before anything that imports models

from django.urls import path  # noqa: E402

from chat.consumers import ChatConsumer  # noqa: E402
from chatsite import static  # noqa: E402
from chatsite.accounts.sockets import SocketAuthMiddleware  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": static.asgi(pages),
        "websocket": SocketAuthMiddleware(
            URLRouter([path("ws/", ChatConsumer.as_asgi())]),
        ),
    }
)
