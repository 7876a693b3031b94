"""The same code works with each version of django_tasks, and with Django's own Tasks API."""

import importlib
import pickle
import types

import django
import pytest

from tasks import api
from tasks.backend import RedisQueueBackend
from tasks.queue_task import QueueTask, QueueTaskContext, QueueTaskResult
from tests.tasks import jobs
from tests.tasks.waiting import receiving


@pytest.fixture
def reloaded():
    """Returns load(), which imports the module again in its own namespace."""

    def load():
        spec = importlib.util.find_spec("tasks.api")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_all_names_exist():
    assert all(hasattr(api, name) for name in api.__all__)


def test_the_present_name(reloaded, monkeypatch):
    error = type("InvalidTaskError", (api.TaskException,), {})
    assert with_exceptions(reloaded, monkeypatch, InvalidTaskError=error).InvalidTask is error


def test_the_name_in_the_next_version(reloaded, monkeypatch):
    error = type("InvalidTask", (api.TaskException,), {})
    assert with_exceptions(reloaded, monkeypatch, InvalidTask=error).InvalidTask is error


def with_exceptions(reloaded, monkeypatch, **names):
    kept = ("TaskException", "TaskResultDoesNotExist", "TaskResultMismatch")
    exceptions = types.ModuleType("exceptions")
    vars(exceptions).update(names, **{name: getattr(api, name) for name in kept})
    package = importlib.import_module(api.PACKAGE)
    monkeypatch.setattr(package, "exceptions", exceptions)
    monkeypatch.setitem(importlib.sys.modules, f"{api.PACKAGE}.exceptions", exceptions)
    return reloaded()


@pytest.mark.skipif(django.VERSION >= (6,), reason="has its own")
def test_before_django_6_it_is_django_tasks():
    assert api.PACKAGE == "django_tasks"


@pytest.mark.skipif(django.VERSION < (6,), reason="has none")
def test_django_6_has_its_own():
    assert api.PACKAGE == "django.tasks"
    assert api.InvalidTask.__name__ == "InvalidTask"


@pytest.fixture
def package():
    """Returns the Tasks API as other code imports it."""
    return importlib.import_module(api.PACKAGE)


def test_everything_is_of_the_tasks_api(package):
    base = importlib.import_module(f"{api.PACKAGE}.base")
    backends = importlib.import_module(f"{api.PACKAGE}.backends.base")
    assert issubclass(RedisQueueBackend, backends.BaseTaskBackend)
    assert isinstance(package.task_backends["default"], RedisQueueBackend)
    assert issubclass(QueueTask, base.Task)
    assert issubclass(QueueTaskResult, package.TaskResult)
    assert issubclass(QueueTaskContext, package.TaskContext)


def test_the_decorator_of_the_tasks_api_makes_the_same_tasks(backend, work, package):
    made = package.task(priority=3, queue_name="exports")(jobs.add.func)
    assert made == jobs.add.using(priority=3, queue_name="exports")
    signals, seen = importlib.import_module(f"{api.PACKAGE}.signals"), []
    with receiving(signals.task_finished, lambda task_result, **_: seen.append(task_result)):
        result = made.enqueue(1, 2)
        work()
    assert made.get_result(result.id).return_value == seen[0].return_value == 3
    assert seen[0].status is package.TaskResultStatus.SUCCESSFUL


@pytest.mark.skipif(django.VERSION < (6, 1), reason="Django's tasks have no pickle before")
def test_tasks_and_results_can_be_pickled(backend):
    result = jobs.add.using(owner="7", priority=3).enqueue(1, 2)
    for value in (jobs.unlucky, result):
        assert pickle.loads(pickle.dumps(value)) == value
