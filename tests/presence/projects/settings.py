"""A project that has nothing of the site: `django-admin startproject`, and the lines of
presence/README.md. USER_MODEL and BACKEND choose a variant."""

import os

SECRET_KEY = "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.presence.projects.urls"
STATIC_URL = "static/"
USE_TZ = True
LOGIN_URL = "/sign-in/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "presence",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "presence.middleware.PresenceMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
PRESENCE = {
    "REDIS_URL": os.environ["REDIS_URL"],
    "BACKEND": f"presence.backends.{os.environ.get('BACKEND', 'redis.RedisPresence')}",
}
