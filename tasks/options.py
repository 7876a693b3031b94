"""The options of `@task(...)` and of TASKS, and their checks."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cronsim import CronSim, CronSimError
from django.core import checks
from django.db import connections
from django.utils.module_loading import import_string
from redis.connection import parse_url

from .api import InvalidTask, Task
from .queue_task import QueueTask
from .redis import payload

RESULT_TTL = 500  # seconds
FAILED_TTL = 7 * 24 * 3600  # seconds
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}  # seconds
PARAMS = {"BACKEND", "QUEUES", "OPTIONS"}
OPTIONS = {"redis_url", "client", "result_ttl", "failed_ttl", "on_commit"}
SCHEMES = ("redis://", "rediss://", "unix://", "redis+cluster://", "rediss+cluster://")


def validate(task: Task) -> None:
    """Validates a task. Raises InvalidTask, and TypeError or ValueError for an owner that is not
    text."""
    if not isinstance(task, QueueTask):
        raise InvalidTask(
            f"The task was defined for another kind of backend:"
            f' @task(backend="{task.backend}") makes it a task of this backend.'
        )
    if type(task.owner) is not str:
        raise TypeError(f"owner must be a str, not a {type(task.owner).__name__}.")
    payload.normalized(task.owner, "owner")
    _validate_attempts(task)
    if task.ttl is not None and (task.ttl < 0 or task.ttl != int(task.ttl)):
        raise InvalidTask("ttl must be a whole number of seconds; 0 keeps no result.")
    if task.on_commit is not None and not _is_database(task.on_commit):
        raise InvalidTask("on_commit must be True, False, or the alias of a database.")
    if task.rate_limit is not None:
        rate(task.name, task.rate_limit)
    if task.cron is not None:
        _validate_cron(task.cron)


def rate(name: str, limit: str) -> str:
    """Returns the limit "10/m" as the scripts read it: name|10|60. Raises InvalidTask."""
    match = re.fullmatch(r"([1-9]\d{0,3})/([smhd])", limit)
    if not match:
        raise InvalidTask(
            f'rate_limit must be like "10/s", "10/m", "10/h" or "10/d", not {limit!r}.'
        )
    return f"{name}|{match[1]}|{PERIODS[match[2]]}"


def check(
    alias: str, params: dict[str, Any], needs_redis: bool = True
) -> Iterator[checks.CheckMessage]:
    """Checks the value of TASKS[alias]."""
    setting, options = f'TASKS["{alias}"]', params.get("OPTIONS", {})
    yield from _check_names(setting, params, PARAMS)
    yield from _check_queues(f'{setting}["QUEUES"]', params.get("QUEUES", ()))
    if not isinstance(options, dict):
        yield error(f'{setting}["OPTIONS"]', options, "Give a dict.", 6)
        return
    setting += '["OPTIONS"]'
    yield from _check_names(setting, options, OPTIONS)
    if needs_redis:
        yield from _check_redis(setting, options)
    for name in ("result_ttl", "failed_ttl"):
        value = options.get(name, 0)
        if type(value) is not int or value < 0:
            hint = "Give a whole number of seconds; 0 keeps nothing."
            yield error(f'{setting}["{name}"]', value, hint, 3)
    if not _is_database(value := options.get("on_commit", False)):
        hint = "Give True, False, or the alias of a database in DATABASES."
        yield error(f'{setting}["on_commit"]', value, hint, 4)


def error(setting: str, value: Any, hint: str, number: int) -> checks.Error:
    return checks.Error(f"{setting} is {value!r}.", hint=hint, id=f"task_queue.E00{number}")


def _check_names(
    setting: str, values: dict[str, Any], known: set[str]
) -> Iterator[checks.CheckMessage]:
    for name in sorted(set(values) - known):
        yield checks.Warning(
            f'{setting} has "{name}", which nothing reads.',
            hint=f"Known options: {', '.join(sorted(known))}.",
            id="task_queue.W001",
        )


def _check_queues(setting: str, queues: Any) -> Iterator[checks.CheckMessage]:
    is_list = isinstance(queues, list | tuple | set | frozenset)
    if not is_list or not all(isinstance(name, str) and name for name in queues):
        yield error(setting, queues, "Give a list of names; an empty list allows every name.", 5)


def _check_redis(setting: str, options: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    url, client = options.get("redis_url"), options.get("client")
    if client is None and not _is_url(url):
        hint = (
            'Set it like "redis://localhost:6379/0", or set "client" to a function that makes a'
            " redis-py client."
        )
        yield error(f'{setting}["redis_url"]', url, hint, 1)
    if client is None or callable(client):
        return
    hint = "Give a function without arguments that returns a client, or its path."
    try:
        if callable(import_string(client)):
            return
    except (ImportError, AttributeError, TypeError, ValueError) as reason:
        hint = f"It cannot be imported: {reason}. {hint}"
    yield error(f'{setting}["client"]', client, hint, 2)


def _is_url(url: Any) -> bool:
    if not isinstance(url, str) or not url.startswith(SCHEMES):
        return False
    try:
        parse_url(url.replace("+cluster", "", 1))
    except ValueError:  # for example a port that is not a number
        return False
    return True


def _is_database(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value in connections)


def _validate_attempts(task: QueueTask) -> None:
    if task.max_attempts is not None and task.max_attempts < 1:
        raise InvalidTask("max_attempts must be at least 1.")
    if not (isinstance(task.retry_on, tuple) and all(map(_is_exception, task.retry_on))):
        raise InvalidTask("retry_on must be a tuple of exceptions.")
    if task.timeout is not None and task.timeout <= 0:
        raise InvalidTask("timeout must be more than 0 seconds.")


def _is_exception(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _validate_cron(expression: str) -> None:
    try:
        next(CronSim(expression, datetime(2000, 1, 1)))
    except CronSimError as error:
        raise InvalidTask(f"cron: {expression!r} is not a cron expression: {error}.") from error
    except StopIteration as error:
        raise InvalidTask(f"cron: {expression!r} never occurs.") from error
