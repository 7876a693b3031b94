"""The site with one more page, /echo/, which shows the request as the application receives it."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.chatsite.serving.echo_urls"
