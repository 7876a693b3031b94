"""The options of `@task(...)` beyond the Tasks API."""

import time

import pytest

from tasks import exceptions, results, task
from tasks.api import InvalidTask, TaskResultDoesNotExist, TaskResultStatus
from tasks.redis import keys
from tests.tasks import jobs
from tests.tasks.waiting import finished


def soon(backend):
    """Returns soon(), which makes scheduled tasks due."""
    client, tag = backend.broker.client, backend.broker.tag
    for id in client.zrange(f"{tag}{keys.SCHEDULED}default", 0, -1):
        client.zadd(f"{tag}{keys.SCHEDULED}default", {id: 1})


def test_a_failed_task_is_retried_until_its_last_attempt(backend, work):
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


def test_a_task_waits_between_attempts(backend, work):
    result = jobs.unlucky.enqueue()
    work()
    work()
    result.refresh()
    assert result.attempts == 1


def test_delays_double_and_are_randomized(backend):
    def wait(attempt):
        return {jobs.patient.seconds_to_retry(OSError(), attempt) for _ in range(50)}

    for attempt, middle in ((1, 1), (2, 2), (3, 4), (30, 3600)):
        waits = wait(attempt)
        assert len(waits) > 1
        assert min(waits) >= middle * 0.5
        assert max(waits) <= middle * 1.5


def test_only_the_named_exceptions_are_retried(backend, work):
    worth_it, not_worth_it = jobs.picky.enqueue("connection"), jobs.picky.enqueue("value")
    work()
    worth_it.refresh()
    not_worth_it.refresh()
    assert (worth_it.status, worth_it.attempts) == (TaskResultStatus.READY, 1)
    assert (not_worth_it.status, not_worth_it.attempts) == (TaskResultStatus.FAILED, 1)


def test_a_named_exception_has_three_attempts_without_max_attempts(backend, work):
    result = jobs.picky.enqueue("connection")
    for _ in range(4):
        work()
        soon(backend)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 3)


@pytest.mark.both_backends
def test_an_exception_is_final_without_options(backend, work):
    result = jobs.fail.enqueue()
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)


def test_a_requeued_task_has_all_its_attempts_again(backend, work):
    result = jobs.unlucky.enqueue()
    for _ in range(3):
        work()
        soon(backend)
    assert backend.broker.requeue(result.id)
    result.refresh()
    assert (result.started_at, result.last_attempted_at) == (None, None)
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.READY, 4)


def test_the_starts_in_a_period_are_limited(backend):
    broker, now = backend.broker, 1_000_000.0
    for _ in range(5):
        jobs.rare.enqueue()

    def started(at):
        claims = broker.settle_and_claim("slot", want=10, queues=["default"], now=at).claims
        broker.release("worker", ["slot"])
        broker.client.delete(*[f"{broker.tag}{keys.PENDING}default:0"] if claims else ["none"])
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


def test_two_workers_share_a_limit(backend, start):
    start(threads=4)
    start(threads=4)
    began = time.time()
    queued = jobs.five_a_second.enqueue_many([()] * 12)
    finished(*queued)
    seconds = sorted(result.return_value - began for result in queued)
    assert seconds[5] >= 1
    assert seconds[10] >= 2
    assert seconds[11] < 10


def test_each_function_has_its_own_limit(backend):
    jobs.rare.enqueue_many([()] * 3)
    jobs.add.enqueue(1, 2)
    assert len(backend.broker.settle_and_claim("slot", want=10, queues=["default"]).claims) == 3


def test_a_result_is_kept_for_its_time(backend, work):
    done, failed = jobs.add.enqueue(1, 2), jobs.fail.enqueue()
    work()
    broker = backend.broker
    assert broker.client.ttl(f"{broker.tag}{keys.TASK}{done.id}") in (499, 500)
    assert broker.client.ttl(f"{broker.tag}{keys.TASK}{failed.id}") > 6 * 24 * 3600


def test_a_task_may_set_how_long_its_result_is_kept(backend, work):
    result = jobs.kept_for_a_minute.enqueue()
    work()
    assert backend.broker.client.ttl(f"{backend.broker.tag}{keys.TASK}{result.id}") in (59, 60)


@pytest.mark.both_backends
def test_a_result_with_ttl_0_is_not_kept(backend, work):
    result = jobs.forgotten.enqueue()
    work()
    with pytest.raises(TaskResultDoesNotExist):
        result.refresh()


@pytest.mark.both_backends
def test_a_task_is_queued_on_behalf_of_somebody(backend, work):
    result = jobs.add.using(owner="7").enqueue(1, 2)
    assert result.owner == "7"
    work()
    assert results.get(result.id).owner == "7"
    assert results.get(jobs.add.enqueue(1, 2).id).owner == ""


@pytest.mark.both_backends
def test_many_tasks_are_queued_together_and_returned_in_order(backend, work):
    queued = jobs.add.enqueue_many([(number, 1) for number in range(2500)])
    queued += jobs.add.enqueue_many([{"a": 1, "b": 2}])
    work()
    values = [results.get(result.id).return_value for result in queued]
    assert values == [*range(1, 2501), 3]


def test_many_tasks_are_queued_in_one_round_trip(backend, monkeypatch):
    jobs.add.enqueue(1, 2)  # loads the script into Redis
    execute, sent = backend.broker.execute, []

    def count(commands):
        sent.append(len(commands))
        return execute(commands)

    monkeypatch.setattr(backend.broker, "execute", count)
    jobs.add.enqueue_many([(1, 2)] * 2500)
    assert sent == [3]


@pytest.mark.both_backends
def test_an_empty_list_may_be_queued(backend):
    assert jobs.add.enqueue_many([]) == []


def test_arguments_over_a_mebibyte_are_refused(backend):
    with pytest.raises(exceptions.TaskTooLarge, match="store the data elsewhere"):
        jobs.add.enqueue("x" * (1 << 20), "")
    assert not backend.broker.client.keys("*")


@pytest.mark.both_backends
def test_a_return_value_over_a_mebibyte_fails(backend, work):
    result = jobs.large.enqueue(1 << 20)
    work()
    result.refresh()
    assert result.errors[0].exception_class is exceptions.TaskTooLarge


@pytest.mark.both_backends
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
def test_invalid_options_are_refused(options):
    with pytest.raises(InvalidTask):
        task(**options)(jobs.add.func)
