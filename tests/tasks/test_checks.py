"""A wrong TASKS setting is a system check with a hint."""

import subprocess
import sys

import django
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.test import override_settings

from tasks.api import PACKAGE
from tasks.redis.client import get_client
from tests.tasks.processes import ROOT

URL = "redis://localhost:6379/0"
pytestmark = pytest.mark.django_db  # some of the site's checks query the database


def tasks(**options):
    return tasks_setting(QUEUES=["default", "exports"], OPTIONS=options)


def tasks_setting(**params):
    path = "tasks.backend.RedisQueueBackend"
    return override_settings(TASKS={"default": {"BACKEND": path, **params}})


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({}, "task_queue.E001"),
        ({"redis_url": "localhost"}, "task_queue.E001"),
        ({"redis_url": 6379}, "task_queue.E001"),
        ({"redis_url": "redis://localhost:port"}, "task_queue.E001"),
        ({"redis_url": "redis+cluster://localhost:99999"}, "task_queue.E001"),
        ({"client": "nowhere.client"}, "task_queue.E002"),
        ({"client": "client"}, "task_queue.E002"),
        ({"client": "django.VERSION"}, "task_queue.E002"),
        ({"client": 7}, "task_queue.E002"),
        ({"redis_url": URL, "result_ttl": -1}, "task_queue.E003"),
        ({"redis_url": URL, "failed_ttl": "7d"}, "task_queue.E003"),
        ({"redis_url": URL, "on_commit": "unknown"}, "task_queue.E004"),
        ({"redis_url": URL, "on_commit": 1}, "task_queue.E004"),
    ],
)
def test_wrong_options_are_errors(options, id):
    with tasks(**options), pytest.raises(SystemCheckError, match=id):
        call_command("check")


@pytest.mark.parametrize(
    ("params", "id"),
    [
        ({"QUEUES": "default"}, "task_queue.E005"),
        ({"QUEUES": [1]}, "task_queue.E005"),
        ({"QUEUES": ["default", ""]}, "task_queue.E005"),
        ({"OPTIONS": "redis://localhost"}, "task_queue.E006"),
    ],
)
def test_wrong_settings_are_errors(params, id):
    params = {"OPTIONS": {"redis_url": URL}, **params}
    with tasks_setting(**params), pytest.raises(SystemCheckError, match=id):
        call_command("check")


def test_a_setting_that_nothing_reads_is_a_warning(capsys):
    with tasks_setting(OPTIONS={"redis_url": URL}, QUEUE=["default"]):
        call_command("check")
    assert '"QUEUE", which nothing reads' in capsys.readouterr().err


def test_an_option_that_nothing_reads_is_a_warning(capsys):
    with tasks(redis_url=URL, resultttl=5):
        call_command("check")
    assert '"resultttl", which nothing reads' in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [{"redis_url": URL}, {"redis_url": URL, "on_commit": "default"}, {"client": "builtins.dict"}],
)
def test_right_options_are_silent(options, capsys):
    with tasks(**options):
        call_command("check")
    assert "TASKS" not in capsys.readouterr().err


def test_a_worker_does_not_start_with_wrong_options():
    with tasks(redis_url="localhost"), pytest.raises(CommandError, match="redis://"):
        call_command("runworker", batch=True)


def test_a_worker_does_not_start_on_an_unknown_queue():
    with pytest.raises(CommandError, match="nowhere"):
        call_command("runworker", queues=["default", "nowhere"], batch=True)


@pytest.mark.parametrize("option", ["threads", "processes"])
@pytest.mark.parametrize("number", [0, -1])
def test_a_worker_does_not_start_without_threads_or_processes(option, number):
    with pytest.raises(CommandError, match=f"--{option} must be at least 1"):
        call_command("runworker", batch=True, **{option: number})


def test_a_worker_does_not_start_on_another_backend():
    other = {"default": {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}}
    with override_settings(TASKS=other), pytest.raises(CommandError, match="RedisQueueBackend"):
        call_command("runworker", batch=True)


@pytest.mark.parametrize("command", ["runworker", "showqueues"])
def test_a_command_needs_a_backend_that_exists(command):
    with pytest.raises(CommandError, match=r"TASKS\['nowhere'\] cannot be used"):
        call_command(command, backend="nowhere")
    wrong = {"default": {"BACKEND": "nowhere.Backend"}}
    with override_settings(TASKS=wrong), pytest.raises(CommandError, match="Could not find"):
        call_command(command)


@pytest.mark.parametrize("factory", [dict, "builtins.dict"])
def test_a_custom_client_is_used(factory):
    assert get_client((None, factory)) == {}


def messages(*installed: str, options: str = "") -> str:
    """Returns the messages of a check in a project with these apps."""
    code = f"""
from django.conf import settings
backend = {{"BACKEND": "tasks.backend.RedisQueueBackend", "OPTIONS": {{{options}}}}}
settings.configure(INSTALLED_APPS={installed!r}, TASKS={{"default": backend}}, USE_TZ=True)
import django; django.setup()
from django.core.checks import run_checks
print(run_checks())
"""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


BACKPORT = [PACKAGE] if PACKAGE == "django_tasks" else []


def test_channels_before_tasks_is_a_warning():
    assert "task_queue.W002" in messages("channels", "tasks", *BACKPORT)
    assert "W002" not in messages("tasks", "channels", *BACKPORT)


def test_the_settings_are_checked_if_nothing_else_imports_the_api():
    assert "task_queue.E001" in messages("tasks", *BACKPORT)
    right = messages("tasks", *BACKPORT, options='"redis_url": "redis://localhost"')
    assert right.strip() == "[]"


@pytest.mark.skipif(django.VERSION >= (6,), reason="Django has this API itself")
def test_django_tasks_has_to_be_installed():
    assert "task_queue.W003" in messages("tasks")
