"""System checks that report an invalid setting and how to fix it."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django_redis.cache import RedisCache
from django_redis.serializers.pickle import PickleSerializer
from redis.connection import parse_url

from chatsite.accounts import mailer
from presence.connection import is_cluster, node_url

DEFAULT_SERIALIZER = "django_redis.serializers.pickle.PickleSerializer"  # of django-redis


@register
def check_settings(**options: Any) -> list[CheckMessage]:
    return [*production(), *addresses(), *caches(), *proxies(), *connections()]


@register(Tags.security, deploy=True)
def check_deployment(**options: Any) -> list[CheckMessage]:
    return [] if settings.DEBUG else [*hosts(), *mail()]


def production() -> Iterator[Error]:
    if settings.DEBUG:
        return
    if not has_secret_key():
        yield Error(
            "SECRET_KEY is not set.",
            hint="Set it to 50 random characters, and keep it: changing it signs everybody out.",
            id="chatsite.E001",
        )
    if not settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is empty, so every request is refused.",
            hint="Set it to the names of this site, separated by commas: chat.example.org",
            id="chatsite.E002",
        )
    if settings.EMBEDDED_VALKEY:
        yield Error(
            "REDIS_URL is not set.",
            hint="Set it to a Redis or Valkey of your own, like redis://:password@127.0.0.1:6379/0;"
            " the embedded one is for development.",
            id="chatsite.E007",
        )


def has_secret_key() -> bool:
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return False


def addresses() -> Iterator[Error]:
    try:
        options = parse_url(node_url(settings.REDIS_URL))
        if is_cluster(settings.REDIS_URL) and (options.get("db") or "path" in options):
            raise ValueError("A cluster has no databases and no Unix socket.")
    except ValueError as error:
        yield Error(
            f"REDIS_URL cannot be used. {error}",
            hint="Set it like redis://:password@127.0.0.1:6379/0; in development, leave it unset.",
            id="chatsite.E005",
        )
    for value in settings.METRICS_ALLOWED_IPS:
        try:
            ipaddress.ip_network(value)
        except ValueError as error:
            yield Error(
                f"METRICS_ALLOWED_IPS: {error}",
                hint="Set it to addresses or networks, separated by commas: 127.0.0.1,10.0.0.0/8",
                id="chatsite.E006",
            )


def caches() -> Iterator[Error]:
    for alias, cache in settings.CACHES.items():
        if uses_pickle(cache):
            yield Error(
                f"The cache {alias} unpickles data from Redis, so a writer there can run code.",
                hint='Set OPTIONS["SERIALIZER"] to "django_redis.serializers.json.JSONSerializer",'
                " with a BACKEND of django-redis.",
                id="chatsite.E008",
            )


def uses_pickle(cache: dict[str, Any]) -> bool:
    backend = import_string(cache["BACKEND"])
    if issubclass(backend, DjangoRedisCache):
        return "serializer" not in cache.get("OPTIONS", {})
    serializer = cache.get("OPTIONS", {}).get("SERIALIZER", DEFAULT_SERIALIZER)
    return issubclass(backend, RedisCache) and issubclass(
        import_string(serializer), PickleSerializer
    )


def proxies() -> Iterator[CheckMessage]:
    if settings.TRUSTED_PROXY_COUNT < 0:
        yield Error(
            f"TRUSTED_PROXY_COUNT is {settings.TRUSTED_PROXY_COUNT}.",
            hint="Set it to the number of proxies in front of this site; 0 is none.",
            id="chatsite.E021",
        )
    if settings.HTTPS and not settings.TRUSTED_PROXY_COUNT:
        yield Warning(
            "HTTPS is on and TRUSTED_PROXY_COUNT is 0, so X-Forwarded-Proto is not believed: forms"
            " and sockets that come through a proxy are refused.",
            hint="Set TRUSTED_PROXY_COUNT=1 if one proxy is in front of this site.",
            id="chatsite.W022",
        )


def connections() -> Iterator[CheckMessage]:
    if settings.MAX_CONNECTIONS < 1:
        yield Error(
            f"MAX_CONNECTIONS is {settings.MAX_CONNECTIONS}: nobody could connect.",
            hint="Set it to 1 or more; 10000 is the default.",
            id="chatsite.E023",
        )


def hosts() -> Iterator[CheckMessage]:
    for host in settings.ALLOWED_HOSTS:
        if host.strip() == "*":
            yield Error(
                "ALLOWED_HOSTS contains *, so anybody can choose the host in the links of mails.",
                hint="Set it to the names of this site, separated by commas: chat.example.org",
                id="chatsite.E024",
            )
        elif "*" in host or "/" in host:
            yield Error(
                f"ALLOWED_HOSTS contains {host}, which no request matches.",
                hint="Set it to names such as chat.example.org; .example.org includes subdomains.",
                id="chatsite.E025",
            )


def mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND in mailer.NOT_SENDING:
        yield Warning(
            "EMAIL_URL is not set to a mail server, so nobody gets a mail to reset a password.",
            hint="Set it like smtp+tls://user:password@smtp.example.org:587",
            id="chatsite.W026",
        )
