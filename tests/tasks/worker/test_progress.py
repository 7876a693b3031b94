"""`context.progress`: the result shows how far the task is."""

import pytest

from tests.tasks import jobs


@pytest.mark.both_backends
def test_progress_is_shown_while_a_task_runs(backend):
    result = jobs.count_to.enqueue(3)
    claim = backend.broker.settle_and_claim("slot", want=1, queues=["default"]).claims[0]
    assert backend.broker.set_progress("slot", claim, b'{"done":1,"total":3,"note":"1 of 3"}')
    result.refresh()
    assert result.progress == {"done": 1, "total": 3, "note": "1 of 3"}


@pytest.mark.both_backends
def test_the_last_progress_stays(backend, work):
    result = jobs.count_to.enqueue(3)
    work()
    result.refresh()
    assert result.progress == {"done": 3, "total": 3, "note": "3 of 3"}


@pytest.mark.both_backends
def test_the_progress_of_a_failed_task_stays(backend, work):
    result = jobs.fail_half_way.enqueue()
    work()
    result.refresh()
    assert result.progress == {"done": 49, "total": 100, "note": ""}


@pytest.mark.both_backends
def test_progress_of_a_task_that_another_slot_runs_is_refused(backend):
    result = jobs.count_to.enqueue(3)
    claim = backend.broker.settle_and_claim("slot", want=1, queues=["default"]).claims[0]
    assert not backend.broker.set_progress("another", claim, b'{"done":1,"total":3,"note":""}')
    result.refresh()
    assert result.progress is None
