"""`@task(unique=True)`: only one task with the same arguments waits or runs at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks import results
from tasks.api import TaskResultStatus
from tasks.redis import keys
from tests.tasks import jobs


@pytest.mark.both_backends
def test_a_unique_task_that_waits_is_not_queued_again(backend, work):
    first = jobs.only_one.enqueue("alice")
    assert jobs.only_one.enqueue("alice").id == first.id
    assert jobs.only_one.enqueue("bob").id != first.id
    work()
    assert jobs.only_one.enqueue("alice").id != first.id


def test_a_unique_task_queued_by_many_threads_is_one(backend):
    def ask(_):
        return jobs.only_one.enqueue("alice").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(80)))) == 1
    assert backend.broker.client.llen(f"{backend.broker.tag}{keys.PENDING}default:0") == 1


@pytest.mark.both_backends
def test_equal_unique_tasks_in_one_call_are_one(backend, work):
    waiting = jobs.only_one.enqueue("bob")
    names = ["alice", "bob", "alice", "charlie"]
    queued = jobs.only_one.enqueue_many([(name,) for name in names])
    assert queued[1] == waiting
    assert queued[0].id == queued[2].id
    work()
    assert [results.get(result.id).return_value for result in queued] == names


def test_a_unique_task_that_waits_for_another_attempt_is_not_queued_again(backend, work):
    first = jobs.only_one_unlucky.enqueue()
    work()
    assert jobs.only_one_unlucky.enqueue().id == first.id


@pytest.mark.both_backends
def test_a_unique_task_is_not_requeued_while_the_same_one_waits(backend, work):
    first = jobs.only_one.enqueue("alice")
    work()
    second = jobs.only_one.enqueue("alice")
    assert not backend.broker.requeue(first.id)
    work()
    assert backend.broker.requeue(first.id)
    assert jobs.only_one.enqueue("alice").id == first.id
    assert not backend.broker.requeue(second.id)


@pytest.mark.both_backends
def test_a_unique_task_that_failed_may_be_queued_again(backend, work):
    first = jobs.only_one_fails.enqueue()
    work()
    assert jobs.only_one_fails.enqueue().id != first.id


@pytest.mark.both_backends
def test_a_unique_task_that_runs_is_not_queued_again(backend):
    first = jobs.only_one.enqueue("alice")
    backend.broker.settle_and_claim("slot", want=1, queues=["default"])
    second = jobs.only_one.enqueue("alice")
    assert second.id == first.id
    assert second.status == TaskResultStatus.RUNNING
