import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages = get_asgi_application()  # before the imports of models

from django.urls import path  # noqa: E402

from chat.asgi import HubLifespan  # noqa: E402
from chat.consumers import ChatConsumer  # noqa: E402

sockets = AuthMiddlewareStack(URLRouter([path("ws/", ChatConsumer.as_asgi())]))
application = HubLifespan(
    ProtocolTypeRouter(
        {
            "http": ASGIStaticFilesHandler(pages),
            "websocket": AllowedHostsOriginValidator(sockets),
        }
    )
)
