"""The same code works with each version of django_tasks, and with Django's own Tasks API."""

import importlib
import types

import django
import pytest

from tasks import api


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
