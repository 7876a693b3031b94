"""The options of `@task(...)` and of TASKS, and their checks."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cronsim import CronSim, CronSimError
from django.core import checks
from django.utils.module_loading import import_string

from tasks.api import InvalidTask, Task
from tasks.redis import payload
from tasks.task import QueueTask

RESULT_TTL = 500  # seconds
FAILED_TTL = 7 * 24 * 3600  # seconds
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}  # seconds
KNOWN = {"redis_url", "client", "result_ttl", "failed_ttl", "on_commit"}
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


def check(alias: str, options: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    setting = f'TASKS["{alias}"]["OPTIONS"]'
    for name in sorted(set(options) - KNOWN):
        yield checks.Warning(
            f'{setting} has "{name}", which nothing reads.',
            hint=f"Known options: {', '.join(sorted(KNOWN))}.",
            id="tasks.W001",
        )
    yield from _check_redis(setting, options)
    for name in ("result_ttl", "failed_ttl"):
        value = options.get(name, 0)
        if type(value) is not int or value < 0:
            yield checks.Error(
                f'{setting}["{name}"] is {value!r}.',
                hint="Give a whole number of seconds; 0 keeps nothing.",
                id="tasks.E003",
            )


def _check_redis(setting: str, options: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    url, client = options.get("redis_url"), options.get("client")
    if client is None and not (isinstance(url, str) and url.startswith(SCHEMES)):
        yield checks.Error(
            f'{setting}["redis_url"] is {url!r}.',
            hint='Set it like "redis://localhost:6379/0", or set "client" to a function that makes'
            " a redis-py client.",
            id="tasks.E001",
        )
    if isinstance(client, str):
        try:
            import_string(client)
        except ImportError as error:
            yield checks.Error(
                f'{setting}["client"] cannot be imported: {error}.',
                hint="Give the path of a function without arguments that returns a client.",
                id="tasks.E002",
            )


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
