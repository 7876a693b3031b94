import os

from chatsite.settings import *  # noqa: F403

LAYERS = {
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "list": "channels_redis.core.RedisChannelLayer",
}
INSTALLED_APPS += ["bench.peers.usual"]  # noqa: F405
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # whose app insists on it
]
ROOT_URLCONF = "bench.peers.usual.pages"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    *AUTHENTICATION_BACKENDS,  # noqa: F405
]
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": LAYERS[os.environ.get("LAYER", "pubsub")],
        # The list layer drops what is beyond it, and has one list for all sockets of a process.
        "CONFIG": {"hosts": [REDIS_URL], "capacity": 1_000_000},  # noqa: F405
    },
}
