import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
pages = get_wsgi_application()

from chatsite import static  # noqa: E402

application = static.wsgi(pages)
