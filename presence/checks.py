"""System checks that report an invalid setting and how to fix it."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.checks import CheckMessage, Error, Warning
from django.db import models
from django.utils.module_loading import import_string
from redis.connection import parse_url

from presence import conf, primary_key
from presence.backends.base import Presence
from presence.connection import is_cluster, load_factory, node_url

UNSUPPORTED_KEYS = (models.BinaryField, models.CompositePrimaryKey, models.JSONField)
MIDDLEWARE = "presence.middleware.PresenceMiddleware"
REDIS_HINT = 'Set it like "redis://:password@127.0.0.1:6379/0", or "redis+cluster://host:6379".'


def check(**options: Any) -> list[CheckMessage]:
    if not isinstance(getattr(settings, "PRESENCE", {}), dict):
        return [
            Error(
                f"PRESENCE is a {type(settings.PRESENCE).__name__}.",
                hint='Set it to a dictionary, like {"REDIS_URL": "redis://localhost:6379/0"}.',
                id="presence.E001",
            )
        ]
    return [
        *unknown(),
        *backend(),
        *numbers(),
        *address(),
        *clients(),
        *user_model(),
        *time_zones(),
        *middleware(),
    ]


def unknown() -> Iterator[CheckMessage]:
    for name in sorted(set(getattr(settings, "PRESENCE", {})) - set(conf.DEFAULTS), key=str):
        yield Warning(
            f'PRESENCE has "{name}", which nothing reads.',
            hint=f"Known settings: {', '.join(sorted(conf.DEFAULTS))}.",
            id="presence.W002",
        )


def backend() -> Iterator[CheckMessage]:
    try:
        is_backend = issubclass(import_string(conf.get("BACKEND")), Presence)
    except (ImportError, TypeError, AttributeError):
        is_backend = False
    if not is_backend:
        yield Error(
            f'PRESENCE["BACKEND"] is not a presence backend: {conf.get("BACKEND")!r}.',
            hint="Leave it out, or set it to one of presence.backends, such as"
            ' "presence.backends.redis.RedisPresence".',
            id="presence.E003",
        )


def numbers() -> Iterator[CheckMessage]:
    for name, unit in (("ONLINE_LAST_MINUTES", "minutes"), ("SHARDS", "hash slots")):
        value = conf.get(name)
        if type(value) is not int or value < 1:
            yield Error(
                f'PRESENCE["{name}"] is {value!r}.',
                hint=f"Set it to a whole number of {unit}, 1 or more; the default is"
                f" {conf.DEFAULTS[name]}.",
                id="presence.E004",
            )


def address() -> Iterator[CheckMessage]:
    if not conf.has_redis():
        return
    url = conf.get("REDIS_URL")
    try:
        options = parse_url(node_url(url))
        if is_cluster(url) and (options.get("db") or "path" in options):
            raise ValueError("A cluster has no databases and no Unix socket.")
    except (ValueError, AttributeError, TypeError) as error:
        yield Error(
            f'PRESENCE["REDIS_URL"] cannot be used. {error}', hint=REDIS_HINT, id="presence.E005"
        )


def clients() -> Iterator[CheckMessage]:
    for name in ("CLIENT", "ACLIENT"):
        if (factory := conf.get(name)) is None:
            continue
        try:
            is_function = callable(load_factory(factory))
        except ImportError:
            is_function = False
        if not is_function:
            yield Error(
                f'PRESENCE["{name}"] is not a function: {factory!r}.',
                hint="Set it to a function without arguments that returns a client of redis-py, or"
                " to its path.",
                id="presence.E007",
            )
    if (conf.get("CLIENT") is None) != (conf.get("ACLIENT") is None):
        yield Error(
            'PRESENCE has only one of "CLIENT" and "ACLIENT".',
            hint="Set both: the first for redis.Redis, the other for redis.asyncio.Redis.",
            id="presence.E008",
        )


def user_model() -> Iterator[CheckMessage]:
    """Reports a primary key without a text form, or whose values cannot be in a set."""
    kind = primary_key.field()
    if isinstance(kind, UNSUPPORTED_KEYS):
        yield Error(
            f"The primary key of {get_user_model()._meta.label} is a {type(kind).__name__}, which"
            " presence does not support.",
            hint="Use an integer, a UUID or text as the primary key of users.",
            id="presence.E006",
        )


def time_zones() -> Iterator[CheckMessage]:
    if not settings.USE_TZ:
        yield Error(
            "USE_TZ is False, but the times of presence have a time zone.",
            hint="Set USE_TZ = True.",
            id="presence.E011",
        )


def middleware() -> Iterator[CheckMessage]:
    """Reports a place from which PresenceMiddleware cannot see the user of a session."""
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return
    place = settings.MIDDLEWARE.index(MIDDLEWARE)
    places = [at for at, path in enumerate(settings.MIDDLEWARE) if authenticates(path)]
    if not places:
        yield Warning(
            f"MIDDLEWARE has {MIDDLEWARE}, but no AuthenticationMiddleware of Django.",
            hint="Add django.contrib.auth.middleware.AuthenticationMiddleware before it. If another"
            " middleware or the views identify users, silence this warning.",
            id="presence.W009",
        )
    elif place < places[0]:
        yield Error(
            f"{MIDDLEWARE} must come after {settings.MIDDLEWARE[places[0]]} in MIDDLEWARE.",
            hint="Move it behind, so that the user of the request is known.",
            id="presence.E010",
        )


def authenticates(path: str) -> bool:
    """Returns whether the middleware is Django's own, or a class derived from it."""
    try:
        found = import_string(path)
    except ImportError:  # Django reports it
        return False
    return isinstance(found, type) and issubclass(found, AuthenticationMiddleware)
