"""Pages only, for a WSGI server. `python -m chatsite.server` needs no such server, and has bounds
that WSGI servers lack."""

import gc
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from chatsite.environment import read_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
read_settings()
if settings.TRUSTED_PROXY_COUNT and "granian" in sys.modules:
    raise ImproperlyConfigured(
        "By WSGI, granian lets a header X_Forwarded_For replace the proxy's X-Forwarded-For."
        " Use: granian --interface asginl chatsite.asgi:application"
    )
pages = get_wsgi_application()

import chatsite.urls  # noqa: E402, F401 - all views, so that none is loaded by the first page
from chatsite.serving import request_guard, static  # noqa: E402

application = request_guard.wsgi(static.wsgi(pages))

# Long-lived objects are frozen: a collection of all of them delayed a page by 66 ms.
gc.collect()
gc.freeze()
