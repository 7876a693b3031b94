"""A task that reads a row must not run before the row is committed."""

import pytest
from django.db import transaction
from django.test import override_settings

from tasks import results
from tasks.api import TaskResultDoesNotExist
from tests.tasks import jobs

pytestmark = pytest.mark.django_db(transaction=True)


def is_queued(result):
    try:
        return bool(results.get(result.id))
    except TaskResultDoesNotExist:
        return False


@pytest.mark.both_backends
def test_a_task_is_queued_when_the_transaction_commits(backend):
    with transaction.atomic():
        result = jobs.after_commit.enqueue()
        assert not is_queued(result)
    assert is_queued(result)


@pytest.mark.both_backends
def test_a_task_is_not_queued_when_the_transaction_is_rolled_back(backend):
    with transaction.atomic():
        result = jobs.after_commit.enqueue()
        transaction.set_rollback(True)
    assert not is_queued(result)


@pytest.mark.both_backends
def test_a_task_is_queued_immediately_outside_a_transaction(backend):
    assert is_queued(jobs.after_commit.enqueue())


@pytest.mark.both_backends
def test_a_task_is_queued_immediately_without_the_option(backend):
    with transaction.atomic():
        assert is_queued(jobs.add.enqueue(1, 2))


def test_a_backend_can_set_the_option_for_all_tasks(backend, settings):
    tasks = settings.TASKS["default"]
    options = {**tasks["OPTIONS"], "on_commit": True}
    with override_settings(TASKS={"default": {**tasks, "OPTIONS": options}}), transaction.atomic():
        assert not is_queued(jobs.add.enqueue(1, 2))
