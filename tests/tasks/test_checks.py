"""A wrong TASKS setting is a system check with a hint."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.test import override_settings

from tasks.api import PACKAGE
from tasks.redis.client import get_client

URL = "redis://localhost:6379/0"
pytestmark = pytest.mark.django_db  # some of the site's checks query the database


def tasks(**options):
    path = "tasks.backend.RedisQueueBackend"
    backend = {"BACKEND": path, "QUEUES": ["default", "exports"], "OPTIONS": options}
    return override_settings(TASKS={"default": backend})


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({}, "tasks.E001"),
        ({"redis_url": "localhost"}, "tasks.E001"),
        ({"redis_url": 6379}, "tasks.E001"),
        ({"client": "nowhere.client"}, "tasks.E002"),
        ({"redis_url": URL, "result_ttl": -1}, "tasks.E003"),
        ({"redis_url": URL, "failed_ttl": "7d"}, "tasks.E003"),
    ],
)
def test_wrong_options_are_errors(options, id):
    with tasks(**options), pytest.raises(SystemCheckError, match=id):
        call_command("check")


def test_an_option_that_nothing_reads_is_a_warning(capsys):
    with tasks(redis_url=URL, resultttl=5):
        call_command("check")
    assert '"resultttl", which nothing reads' in capsys.readouterr().err


@pytest.mark.parametrize("options", [{"redis_url": URL}, {"client": "tests.tasks.jobs.add"}])
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


@pytest.mark.parametrize("factory", [dict, "builtins.dict"])
def test_a_custom_client_is_used(factory):
    assert get_client((None, factory)) == {}
