"""What `@task(...)` can say beyond django_tasks."""

import pytest
from django_tasks import TaskResultStatus, task
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from tasks import exceptions, keys, results
from tests.tasks import jobs


def soon(backend):
    """Whatever is to run later is due now."""
    client, tag = backend.queue.client, backend.queue.tag
    for id in client.zrange(f"{tag}{keys.LATER}default", 0, -1):
        client.zadd(f"{tag}{keys.LATER}default", {id: 1})


def test_a_failed_task_is_tried_again_until_its_last_attempt(backend, work):
    result = jobs.unlucky.enqueue()
    for attempts in (1, 2):
        work()
        result.refresh()
        assert (result.status, result.attempts) == (TaskResultStatus.READY, attempts)
        soon(backend)
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 3)
    assert [error.exception_class for error in result.errors] == [ConnectionError] * 3


def test_a_task_waits_between_tries(backend, work):
    result = jobs.unlucky.enqueue()
    work()
    work()
    result.refresh()
    assert result.attempts == 1


def test_waiting_doubles_and_is_spread(backend):
    def wait(attempt):
        return {jobs.patient.seconds_to_retry(OSError(), attempt) for _ in range(50)}

    for attempt, middle in ((1, 1), (2, 2), (3, 4), (30, 3600)):
        waits = wait(attempt)
        assert len(waits) > 1
        assert min(waits) >= middle * 0.5
        assert max(waits) <= middle * 1.5


def test_an_exception_that_is_not_worth_it_is_final(backend, work):
    result = jobs.picky.enqueue()
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)


def test_without_options_an_exception_is_final(backend, work):
    result = jobs.fail.enqueue()
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)


def test_a_unique_task_that_waits_is_not_queued_again(backend, work):
    first = jobs.only_one.enqueue("alice")
    assert jobs.only_one.enqueue("alice").id == first.id
    assert jobs.only_one.enqueue("bob").id != first.id
    work()
    assert jobs.only_one.enqueue("alice").id != first.id


def test_a_unique_task_that_failed_may_be_queued_again(backend, work):
    first = jobs.only_one_fails.enqueue()
    work()
    assert jobs.only_one_fails.enqueue().id != first.id


def test_a_unique_task_that_runs_is_not_queued_again(backend):
    first = jobs.only_one.enqueue("alice")
    backend.queue.exchange("slot", want=1, queues=["default"])
    second = jobs.only_one.enqueue("alice")
    assert second.id == first.id
    assert second.status == TaskResultStatus.RUNNING


def test_starts_are_limited_in_a_period(backend):
    queue, now = backend.queue, 1_000_000.0
    for _ in range(5):
        jobs.rare.enqueue()

    def started(at):
        claims = queue.exchange("slot", want=10, queues=["default"], now=at).claims
        queue.leave("worker", ["slot"])
        queue.client.delete(*[f"{queue.tag}{keys.PENDING}default:0"] if claims else ["none"])
        return len(claims)

    assert [started(now + second) for second in (0, 1, 59, 60, 61, 119, 120)] == [
        2,
        0,
        0,
        2,
        0,
        0,
        1,
    ]


def test_the_limit_is_of_one_function(backend):
    jobs.rare.enqueue_many([()] * 3)
    jobs.add.enqueue(1, 2)
    assert len(backend.queue.exchange("slot", want=10, queues=["default"]).claims) == 3


def test_a_result_is_kept_for_its_time(backend, work):
    done, failed = jobs.add.enqueue(1, 2), jobs.fail.enqueue()
    work()
    queue = backend.queue
    assert queue.client.ttl(f"{queue.tag}{keys.TASK}{done.id}") in (499, 500)
    assert queue.client.ttl(f"{queue.tag}{keys.TASK}{failed.id}") > 6 * 24 * 3600


def test_a_result_nobody_wants_is_not_kept(backend, work):
    result = jobs.forgotten.enqueue()
    work()
    with pytest.raises(TaskResultDoesNotExist):
        result.refresh()


def test_a_task_is_queued_on_behalf_of_somebody(backend, work):
    result = jobs.add.using(owner="7").enqueue(1, 2)
    assert result.owner == "7"
    work()
    assert results.get(result.id).owner == "7"
    assert results.get(jobs.add.enqueue(1, 2).id).owner == ""


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


def test_progress_of_a_task_that_was_taken_over_is_refused(backend):
    result = jobs.count_to.enqueue(3)
    claim = backend.queue.exchange("slot", want=1, queues=["default"]).claims[0]
    assert not backend.queue.progress("another", claim, b'{"done":1,"total":3,"note":""}')
    result.refresh()
    assert result.progress is None


def test_many_are_queued_at_once_and_answered_in_order(backend, work):
    queued = jobs.add.enqueue_many([(number, 1) for number in range(2500)])
    queued += jobs.add.enqueue_many([{"a": 1, "b": 2}])
    work()
    values = [results.get(result.id).return_value for result in queued]
    assert values == [*range(1, 2501), 3]


def test_none_may_be_queued_at_once(backend):
    assert jobs.add.enqueue_many([]) == []


def test_arguments_over_a_mebibyte_are_refused(backend):
    with pytest.raises(exceptions.TaskTooLarge, match="store the data elsewhere"):
        jobs.add.enqueue("x" * (1 << 20), "")
    assert not backend.queue.client.keys("*")


def test_a_return_value_over_a_mebibyte_fails(backend, work):
    result = jobs.large.enqueue(1 << 20)
    work()
    result.refresh()
    assert result.errors[0].exception_class is exceptions.TaskTooLarge


def test_a_return_value_that_is_not_json_fails(backend, work):
    result = jobs.not_json.enqueue()
    work()
    result.refresh()
    assert result.errors[0].exception_class is TypeError


@pytest.mark.parametrize(
    "options",
    [
        {"max_attempts": 0},
        {"retry_on": [ValueError]},
        {"retry_on": ValueError},
        {"retry_on": ("ValueError",)},
        {"timeout": 0},
        {"ttl": -1},
        {"ttl": 1.5},
        {"rate_limit": "10"},
        {"rate_limit": "0/m"},
        {"rate_limit": "10/week"},
        {"cron": "often"},
        {"cron": "0 0 30 2 *"},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(InvalidTaskError):
        task(**options)(jobs.add.func)
