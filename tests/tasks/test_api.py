"""The same code works with the present and the next django_tasks, and with Django's own Tasks
API."""

import importlib
import types

import django
import pytest

from tasks import api, task


@pytest.fixture
def reloaded(monkeypatch):
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


def export(context):
    """A function to decorate."""


@pytest.mark.parametrize("decorate", [api.task, api.task_with_options])
@pytest.mark.parametrize(
    "options",
    [{}, {"max_attempts": 3, "cron": "0 3 * * *"}, {"takes_context": True, "priority": 5}],
    ids=str,
)
def test_the_decorator_takes_options(monkeypatch, decorate, options):
    monkeypatch.setattr(task, "periodic", {})
    made = decorate(**options)(export)
    assert all(getattr(made, name) == value for name, value in options.items())
    assert decorate(export) == api.plain_task(export)
    with pytest.raises(TypeError):
        decorate(no_option=1)(export)


@pytest.mark.skipif(django.VERSION >= (6,), reason="has its own")
def test_before_django_6_it_is_django_tasks():
    assert api.PACKAGE == "django_tasks"


@pytest.mark.skipif(django.VERSION < (6,), reason="has none")
def test_django_6_has_its_own():
    assert api.PACKAGE == "django.tasks"
    assert api.InvalidTask.__name__ == "InvalidTask"
