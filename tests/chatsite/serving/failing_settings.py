"""The site with additional pages that fail, and without collected static files."""

from tests.settings import *  # noqa: F403
from tests.settings import STORAGES

ROOT_URLCONF = "tests.chatsite.serving.failing_urls"
PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STORAGES = {**STORAGES, "staticfiles": PLAIN}
