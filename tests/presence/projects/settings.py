"""A project that has nothing of the site: `django-admin startproject`, and the lines of
presence/README.md. USER_MODEL and BACKEND choose a variant."""

import os

SECRET_KEY = "x" * 50
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.presence.projects.urls"
STATIC_URL = "static/"
USE_TZ = True
USE_I18N = "NO_TRANSLATIONS" not in os.environ
LOGIN_URL = "/sign-in/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    for alias in ("default", *os.environ.get("OTHER_DATABASES", "").split())
}
DATABASE_ROUTERS = ["tests.presence.projects.router.Router"] if len(DATABASES) > 1 else []
AUTH_USER_MODEL = os.environ.get("USER_MODEL", "auth.User")
HAS_ADMIN = "ADMIN" in os.environ
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "presence",
    "tests.presence.projects.users",
]
PROCESSORS = ["django.template.context_processors.request"]
if HAS_ADMIN:
    INSTALLED_APPS += ["django.contrib.admin", "django.contrib.messages"]
    PROCESSORS += [
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    *(["django.middleware.locale.LocaleMiddleware"] if "LANGUAGES" in os.environ else []),
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "presence.middleware.PresenceMiddleware",
    *(["django.contrib.messages.middleware.MessageMiddleware"] if HAS_ADMIN else []),
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
]
PRESENCE = {
    "REDIS_URL": os.environ["REDIS_URL"],
    "BACKEND": f"presence.backends.{os.environ.get('BACKEND', 'redis.RedisPresence')}",
}
