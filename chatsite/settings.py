"""All settings, read from the environment and `.env`. docs/configuration.md lists them."""

import os
from pathlib import Path

import django

from chat.rate_limits.table import LIMITS
from chatsite.dev import embedded_valkey, secret_key
from chatsite.environment import Environment
from chatsite.ops import database_options, private_files

env = Environment()
CODE = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (CODE / "manage.py").exists()
BASE_DIR = CODE if IS_CHECKOUT else Path.cwd()  # of data and .env: not where pip installs
env.read_env(BASE_DIR / ".env")

STATIC_ROOT = BASE_DIR / (env("STATIC_ROOT", default="") or "staticfiles")
VAR_DIR = BASE_DIR / (env("VAR_DIR", default="") or "var")
public = [BASE_DIR, STATIC_ROOT, Path(os.path.expanduser("~"))]
private_files.secure_folder(VAR_DIR, "VAR_DIR", public)

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="") or (secret_key.load_or_create(VAR_DIR) if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_NAME = env("SITE_NAME", default="Chatsite")

INSTALLED_APPS = [
    "chatsite",  # before staticfiles: its runserver serves sockets too
    "chatsite.accounts",
    "chatsite.community",
    "chatsite.api_docs",
    "presence",
    "tasks",  # before channels: both have a runworker
    "chat",
    "channels",
    *(["django_tasks"] if django.VERSION < (6,) else []),
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "chatsite.accounts.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",  # for FORM_RENDERER
    "django.contrib.staticfiles",
    "servestatic",
]

MIDDLEWARE = [
    "chatsite.ops.client_address.middleware",
    "chatsite.ops.health.middleware",
    "django.middleware.security.SecurityMiddleware",
    "chatsite.accounts.languages.browser_middleware",
    "chatsite.serving.csp.middleware",
    "chatsite.serving.cache_control.middleware",
    "chatsite.serving.error_pages.middleware",
    "chatsite.serving.unusable_input.UnusableInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "chatsite.accounts.session_auth.SessionAuthenticationMiddleware",
    "chatsite.accounts.header_auth.HeaderAuthenticationMiddleware",
    "chatsite.accounts.languages.person_middleware",
    "presence.middleware.PresenceMiddleware",
    "chatsite.ops.rate_limits.LimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chatsite.accounts.devices.DeviceMiddleware",
]

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
WSGI_APPLICATION = "chatsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CODE / "templates"] if IS_CHECKOUT else [],  # a wheel has them in this package
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatsite.context_processors.site",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # finds templates/django/forms too

# The database is the record.
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "db.sqlite3"}
DATABASES = {"default": env.database("DATABASE_URL", default=SQLITE)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    if (name := str(DATABASES["default"]["NAME"])) != ":memory:":
        setting = "DATABASE_URL" if env("DATABASE_URL", default="") else "VAR_DIR"
        private_files.secure_database(Path(name), setting)
    FULL_SYNC = env.bool("SQLITE_FULL_SYNC", default=False)
    DATABASES["default"]["OPTIONS"] = database_options.sqlite(FULL_SYNC)
else:
    given = DATABASES["default"].get("OPTIONS", {})
    DATABASES["default"]["OPTIONS"] = {**database_options.POSTGRESQL, **given}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)  # seconds
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis holds data that may be lost or rebuilt, and the task queue.
REDIS_URL = env("REDIS_URL", default="")
EMBEDDED_VALKEY = not REDIS_URL
if EMBEDDED_VALKEY:
    REDIS_URL = embedded_valkey.url(VAR_DIR)
CACHES = {
    "default": {
        "BACKEND": "chatsite.ops.cache.OutageCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "KEY_FUNCTION": "chatsite.ops.cache.hashed_key",
        "OPTIONS": {
            "CLIENT_CLASS": "chatsite.ops.cache.EncryptedClient",
            "CONNECTION_FACTORY": "chatsite.ops.cache.CacheConnectionFactory",
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 1,  # seconds
            "SOCKET_TIMEOUT": 2,  # seconds
        },
    },
}
CACHES["sessions"] = {**CACHES["default"], "KEY_PREFIX": "session"}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "chatsite.accounts.session_store"
SESSION_CACHE_ALIAS = "sessions"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # A message published at one node of a cluster reaches all nodes.
        "CONFIG": {"hosts": [REDIS_URL.replace("+cluster", "", 1)], "prefix": "chatsite"},
    },
}

PRESENCE = {
    "REDIS_URL": REDIS_URL,
    "BACKEND": env("PRESENCE_BACKEND", default="presence.backends.redis.RedisPresence"),
    "ONLINE_LAST_MINUTES": env.int("ONLINE_LAST_MINUTES", default=5),
    "SHARDS": env.int("PRESENCE_SHARDS", default=1),  # more for a cluster
}

TASKS = {
    "default": {
        "BACKEND": "tasks.backend.RedisQueueBackend",
        "QUEUES": ["default", "exports"],
        "OPTIONS": {"redis_url": REDIS_URL},
    },
}

RATE_LIMITS = env.bool("RATE_LIMITS", default=True)  # a limit of 0 is no limit
CHAT = {
    "SITE_NAME_FUNCTION": "chatsite.community.identity.name",
    "ACCOUNT_URL": "settings",
    "SIGN_OUT_URL": "account_logout",
    "RATE_LIMITS": RATE_LIMITS,
    "SOCKETS_PER_PERSON": env.int("SOCKETS_PER_PERSON", default=50),  # in one process
    "CLIENT_ADDRESS_FUNCTION": "chatsite.ops.rate_limits.address_of",
    **{name: env.int(name, default=limit.per_minute) for name, limit in LIMITS.items()},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["chatsite.accounts.auth_backend.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "chatsite.accounts.passwords.MinimumLength"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "chat:home"
ACCOUNT_ADAPTER = "chatsite.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "chatsite.accounts.forms.SignInForm",
    "signup": "chatsite.accounts.forms.SignUpForm",
    "change_password": "chatsite.accounts.forms.NewPasswordForm",
    "set_password": "chatsite.accounts.forms.FirstPasswordForm",
    "reset_password": "chatsite.accounts.forms.ResetRequestForm",
    "user_token": "chatsite.accounts.forms.ResetLinkForm",
    "reset_password_from_key": "chatsite.accounts.forms.ForgottenPasswordForm",
    "reauthenticate": "chatsite.accounts.forms.ConfirmForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
# Several users may enter an address. It belongs to the one who confirms it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to people who never signed up here
ACCOUNT_RATE_LIMITS = (
    RATE_LIMITS
    and {  # all people of an office behind one address sign in at nine o'clock
        "login": "120/m/ip",
        "login_failed": None,  # chatsite.accounts.failed_sign_ins
        "signup": "30/m/ip",
        # No limit for each address: a stranger could prevent its owner from confirming it.
        "confirm_email": "120/h/ip",
    }
)
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # the password again before changes to how a user signs in
ACCOUNT_USERNAME_VALIDATORS = "chatsite.accounts.validators.username_validators"
MFA_ADAPTER = "chatsite.accounts.adapter.TwoFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "chatsite.accounts.forms.KeyForm",
    "edit_webauthn": "chatsite.accounts.forms.KeyNameForm",
    "authenticate": "chatsite.accounts.two_factor.AuthenticateForm",
    "reauthenticate": "chatsite.accounts.two_factor.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is optional here, and so is verifying it
REQUIRE_MFA_FOR_STAFF = env.bool("REQUIRE_MFA_FOR_STAFF", default=False)
MFA_TOTP_TOLERANCE = 1  # codes before and after this one: a phone's clock may be wrong
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="chatsite@localhost")

METRICS_ALLOWED_IPS = env.list("METRICS_ALLOWED_IPS", default=["127.0.0.1", "::1"])

LANGUAGES = [("en-gb", "English"), ("zh-hans", "简体中文")]  # each in its own words
LANGUAGE_CODE = "en-gb"
LOCALE_PATHS = [CODE / "chatsite" / "locale"]
TIME_ZONE = env("TIME_ZONE", default="UTC")

STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "chat.finders.BundleFinder",
]
STORAGES = {
    "chat": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": VAR_DIR / "chat",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatsite.serving.storage.StaticStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
MAX_CONNECTIONS = env.int("MAX_CONNECTIONS", default=10_000)  # of one process, sockets included
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers accept such a cookie from this host only, and by HTTPS only: no subdomain can set it.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_FAILURE_VIEW = "chatsite.serving.error_pages.csrf_failure"
MESSAGE_STORAGE = "chatsite.serving.message_storage.MessageStorage"
if HTTPS and TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "outage": {"()": "chatsite.ops.log_filters.RedisOutageFilter"},
        "database_outage": {"()": "chatsite.ops.log_filters.DatabaseOutageFilter"},
    },
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["outage", "database_outage"],
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"level": "INFO"}},  # without its own handler: no line appears twice
}
