import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
pages = get_wsgi_application()

import chatsite.urls  # noqa: E402, F401 - all views, so that none is loaded by the first page
from chatsite import static  # noqa: E402

application = static.wsgi(pages)

# What stays is kept out of the garbage collector's sight: to look at it held up a page for 66 ms.
gc.collect()
gc.freeze()
