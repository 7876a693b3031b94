"""A task that the backend cannot run is refused when it is defined, changed or queued."""

from datetime import datetime

import pytest
from django.test import override_settings

from tasks import task
from tasks.api import PACKAGE, InvalidTask
from tests.tasks import jobs


@pytest.mark.parametrize("priority", [-101, 101, 1.5])
def test_priorities_out_of_range_are_refused(priority):
    with pytest.raises(InvalidTask):
        jobs.add.using(priority=priority)


def test_a_naive_time_is_refused():
    with pytest.raises(InvalidTask, match="aware"):
        jobs.add.using(run_after=datetime(2030, 1, 1))


def test_a_queue_that_is_not_in_the_settings_is_refused():
    with pytest.raises(InvalidTask, match="nowhere"):
        jobs.add.using(queue_name="nowhere")


def test_a_task_of_another_kind_is_refused(settings):
    dummy = {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}
    with override_settings(TASKS={**settings.TASKS, "dummy": dummy}):
        other = task(backend="dummy")(jobs.add.func)
        with pytest.raises(InvalidTask, match="another kind"):
            other.using(backend="default")


def test_a_function_inside_another_is_refused():
    def inner():
        pass

    for function in (inner, any):
        with pytest.raises(InvalidTask, match="module level"):
            task(function)


def test_a_context_needs_an_argument():
    with pytest.raises(InvalidTask, match="context"):
        task(takes_context=True)(jobs.add.func)


def test_a_task_is_checked_again_when_it_is_queued(settings):
    """The settings may have changed meanwhile, as in tests."""
    exported = jobs.add.using(queue_name="exports")
    tasks = {"default": {**settings.TASKS["default"], "QUEUES": ["default"]}}
    with override_settings(TASKS=tasks), pytest.raises(InvalidTask, match="exports"):
        exported.enqueue(1, 2)
