"""`context.progress`: whoever has the result sees how far the task is."""

from tests.tasks import jobs


def test_progress_is_told_while_it_runs(backend):
    result = jobs.count_to.enqueue(3)
    claim = backend.queue.exchange("slot", want=1, queues=["default"]).claims[0]
    assert backend.queue.progress("slot", claim, b'{"done":1,"total":3,"note":"1 of 3"}')
    result.refresh()
    assert result.progress == {"done": 1, "total": 3, "note": "1 of 3"}


def test_the_last_progress_stays(backend, work):
    result = jobs.count_to.enqueue(3)
    work()
    result.refresh()
    assert result.progress == {"done": 3, "total": 3, "note": "3 of 3"}


def test_how_far_a_task_came_that_failed_stays(backend, work):
    result = jobs.fail_half_way.enqueue()
    work()
    result.refresh()
    assert result.progress == {"done": 49, "total": 100, "note": ""}


def test_progress_of_a_task_that_was_taken_over_is_refused(backend):
    result = jobs.count_to.enqueue(3)
    claim = backend.queue.exchange("slot", want=1, queues=["default"]).claims[0]
    assert not backend.queue.progress("another", claim, b'{"done":1,"total":3,"note":""}')
    result.refresh()
    assert result.progress is None
