import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
# The threads of a WSGI server stay, and so may their connections; under ASGI each request has a
# thread of its own.
os.environ.setdefault("CONN_MAX_AGE", "600")
pages = get_wsgi_application()

from chatsite import static  # noqa: E402

application = static.wsgi(pages)
