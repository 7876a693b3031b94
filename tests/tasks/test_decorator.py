"""`from tasks import task`."""

import subprocess
import sys

import pytest
from django.utils import timezone

import tasks
from tasks import queue_task, task
from tasks.api import PACKAGE, InvalidTask
from tasks.queue_task import QueueTask
from tests.tasks import jobs
from tests.tasks.processes import ROOT


def export(context):
    """A function to decorate."""


@pytest.fixture(autouse=True)
def _no_periodic_task(monkeypatch):
    monkeypatch.setattr(queue_task, "periodic", {})


@pytest.mark.parametrize(
    "options",
    [{}, {"max_attempts": 3, "cron": "0 3 * * *"}, {"takes_context": True, "priority": 5}],
    ids=str,
)
def test_the_decorator_takes_options(options):
    made = task(**options)(export)
    assert isinstance(made, QueueTask)
    assert all(getattr(made, name) == value for name, value in options.items())


def test_the_decorator_may_have_no_parentheses():
    assert task(export) == task()(export)


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="no_option"):
        task(no_option=1)(export)


def test_a_time_is_set_for_each_call():
    with pytest.raises(TypeError, match="using"):
        task(run_after=timezone.now())(export)


def test_an_option_of_another_backend_is_refused_with_a_hint(settings):
    settings.TASKS = {"default": {"BACKEND": f"{PACKAGE}.backends.immediate.ImmediateBackend"}}
    assert task(priority=5)(export).priority == 5
    with pytest.raises(TypeError, match=r"cron, ttl\. .* tasks\.testing\.InMemoryBackend"):
        task(ttl=5, cron="0 3 * * *")(export)


def test_a_task_is_not_decorated_again():
    with pytest.raises((InvalidTask, AttributeError)):
        task(jobs.add)


def test_the_package_has_these_names():
    assert all(getattr(tasks, name).__name__ == name for name in tasks.__all__)
    with pytest.raises(AttributeError, match="no_name"):
        _ = tasks.no_name


def test_the_package_is_imported_without_settings():
    subprocess.run([sys.executable, "-c", "import tasks"], check=True, cwd=ROOT, env={})


TYPED = """
from tasks import QueueTaskContext, task

@task
def add(a: int, b: int = 2) -> int:
    return a + b

@task(max_attempts=3, retry_on=(OSError,), on_commit="other")
async def fetch(url: str) -> bytes:
    return b""

@task(takes_context=True, queue_name="exports")
def export(context: QueueTaskContext, room: int) -> str:
    context.progress(1, 2, "half")
    return context.task_result.owner

def right() -> None:
    reveal_type(add.enqueue(1).return_value)
    reveal_type(fetch.using(owner="7").enqueue(url="x").return_value)
    reveal_type(export.enqueue(room=3).return_value)
    reveal_type(add.enqueue_many([(1, 2)])[0].return_value)

async def awaited() -> None:
    reveal_type((await export.aenqueue(3)).progress)

def wrong() -> None:
    add.enqueue("1")
    add.enqueue()
    fetch.enqueue(1)
    export.enqueue()
    add.using(ownr="7")
    task(max_atempts=3)
    task(max_attempts="3")
    task(cron=5)
"""
"""Correct code, and at its end a function with an error in each line."""


def test_a_type_checker_knows_options_arguments_and_return_values(tmp_path):
    (tmp_path / "typed.py").write_text(TYPED.lstrip("\n"))
    command = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", str(tmp_path)]
    command += ["--follow-imports=silent", str(tmp_path / "typed.py")]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    notes = [line.split('"')[1] for line in output.splitlines() if "Revealed type" in line]
    errors = sorted({int(line.split(":")[1]) for line in output.splitlines() if " error: " in line})
    assert notes == [
        "int", "bytes", "str", "int", "dict[str, Any] | None"
    ], output  # fmt: skip
    right, wrong = (text.count("\n") for text in TYPED.lstrip().split("def wrong"))
    assert errors == [right + 1 + line for line in range(1, wrong)], output
