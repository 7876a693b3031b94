"""Runs the tests of Django's tests/tasks against a copy of our folder named `queueing`: the suite
itself is a package named `tasks`. Prints {test: outcome} as JSON.

run.py redis|memory FOLDER: FOLDER contains `tasks`, the suite, and `queueing`. REDIS_URL is set."""

import json
import logging
import os
import sys
import unittest
from importlib import import_module

import django
from django.conf import settings

kind, folder = sys.argv[1:]
sys.path[:0] = [folder, os.path.dirname(__file__)]
BACKPORT = django.VERSION < (6,)

settings.configure(
    INSTALLED_APPS=["queueing", *(["django_tasks"] if BACKPORT else [])],
    SECRET_KEY="tests",
    USE_TZ=True,
    TASKS={
        "default": {
            "BACKEND": "queueing.backend.RedisQueueBackend",
            "QUEUES": [],
            "OPTIONS": {"redis_url": os.environ["REDIS_URL"]},
        }
    },
)
if BACKPORT:  # the suite imports django.tasks, which has three other names
    package = import_module("django_tasks")
    names = (
        "base exceptions signals checks backends backends.base backends.dummy backends.immediate"
    )
    for name in names.split():
        sys.modules[f"django.tasks.{name}"] = import_module(f"django_tasks.{name}")
    django.tasks = sys.modules["django.tasks"] = package
    package.signals.logger = logging.getLogger("django.tasks")
    package.exceptions.InvalidTask = package.exceptions.InvalidTaskError
    package.exceptions.InvalidTaskBackend = package.exceptions.InvalidTaskBackendError
django.setup()

import backends  # noqa: E402
from django.test import override_settings  # noqa: E402
from left_out import LEFT_OUT  # noqa: E402

waiting, immediate = (f"backends.{one.__name__}" for one in backends.BACKENDS[kind])
options = {"redis_url": os.environ["REDIS_URL"]} if kind == "redis" else {}


def setting(backend, *queues):
    return {"BACKEND": backend, "QUEUES": list(queues), "OPTIONS": options}


SETTINGS = {
    "test_tasks.TaskTestCase": {
        "default": setting(waiting, "default", "queue_1"),
        "immediate": setting(immediate),
        "missing": {"BACKEND": "does.not.exist"},
    },
    "test_dummy_backend.DummyBackendTestCase": {"default": setting(waiting)},
    "test_immediate_backend.ImmediateBackendTestCase": {"default": setting(immediate)},
}


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def startTest(self, test):
        super().startTest(test)
        self.outcomes[name(test)] = "passed"

    def addError(self, test, error):
        self.outcomes[name(test)] = self._exc_info_to_string(error, test)

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error:
            self.addError(test, error)


def name(test):
    return f"{type(test).__name__}.{test._testMethodName}"


def load():
    for path, tasks in SETTINGS.items():
        module, _, case = path.partition(".")
        case = override_settings(TASKS=tasks)(getattr(import_module(f"tasks.{module}"), case))
        for method in unittest.defaultTestLoader.getTestCaseNames(case):
            if f"{case.__name__}.{method}" not in LEFT_OUT:
                yield case(method)


outcomes = Outcomes()
unittest.TestSuite(load()).run(outcomes)
print(json.dumps(outcomes.outcomes))
