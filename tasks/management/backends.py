from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from ..api import task_backends
from ..backend import RedisQueueBackend


def get_backend(alias: str) -> RedisQueueBackend:
    """Returns the backend for a command. Raises CommandError if TASKS has no such backend."""
    try:
        backend = task_backends[alias]
    except ImproperlyConfigured as error:
        raise CommandError(f"TASKS[{alias!r}] cannot be used. {error}") from error
    if not isinstance(backend, RedisQueueBackend):
        raise CommandError(f"TASKS[{alias!r}] is not a RedisQueueBackend.")
    return backend
