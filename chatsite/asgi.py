"""Pages and sockets in one process. Pages come by WSGI, in threads that stay and keep their
connections: Django's own ASGI handler takes twice as long for a page."""

import os

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
pages = get_wsgi_application()  # before anything that imports models

from django.urls import path  # noqa: E402

from chat.consumers import ChatConsumer  # noqa: E402
from chatsite import static  # noqa: E402
from chatsite.accounts.sockets import SocketAuthMiddleware  # noqa: E402
from chatsite.body import WholeBody  # noqa: E402

PAGE_THREADS = 8
PAGE_QUEUE_CHUNKS = 2_000  # of 4 KB: who downloads slowly keeps no thread either

threads = WSGIMiddleware(pages, PAGE_THREADS, PAGE_QUEUE_CHUNKS)  # type: ignore[arg-type]

application = ProtocolTypeRouter(
    {
        "http": static.asgi(WholeBody(threads)),
        "websocket": SocketAuthMiddleware(
            URLRouter([path("ws/", ChatConsumer.as_asgi())]),
        ),
    }
)
