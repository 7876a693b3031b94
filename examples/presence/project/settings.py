import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for this example"
DEBUG = USE_TZ = True
ROOT_URLCONF = "project.urls"
STATIC_URL = "static/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
INSTALLED_APPS = [
    "project",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    }
]

# The lines of presence/README.md:
INSTALLED_APPS += ["presence"]
MIDDLEWARE += ["presence.middleware.PresenceMiddleware"]  # after AuthenticationMiddleware
PRESENCE = {"REDIS_URL": "redis://localhost:6379/0", "ONLINE_LAST_MINUTES": 5}

PRESENCE["REDIS_URL"] = os.environ.get("REDIS_URL", PRESENCE["REDIS_URL"])
