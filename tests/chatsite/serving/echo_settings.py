"""The site with one more page, /echo/: what the application was given of the request."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.chatsite.serving.echo_urls"
