"""The site's settings with a fast password hash: the real one takes a quarter of a second."""

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES, PASSWORD_HASHERS, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in production, because each thread has its own connection.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
