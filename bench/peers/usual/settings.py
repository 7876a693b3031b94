import os

from chatsite.settings import *  # noqa: F403

LAYERS = {
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "list": "channels_redis.core.RedisChannelLayer",
}
# The defaults of redis-py are too few connections for many active sockets, and a timeout that is
# shorter than the list layer's wait for a message.
CONNECTION = {"max_connections": 10_000, "socket_timeout": 60}
INSTALLED_APPS += ["bench.peers.usual"]  # noqa: F405
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # required by allauth.account
]
ROOT_URLCONF = "bench.peers.usual.pages"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    *AUTHENTICATION_BACKENDS,  # noqa: F405
]
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": LAYERS[os.environ.get("LAYER", "pubsub")],
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, **CONNECTION}],  # noqa: F405
            # The list layer drops messages beyond it, and has one list for each process.
            "capacity": 1_000_000,
        },
    },
}
