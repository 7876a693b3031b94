"""At least once: other workers run the tasks of a worker that is gone."""

import pytest

from tasks.api import TaskResultStatus
from tasks.redis import keys
from tasks.redis.queue import LEASE_SECONDS, EnqueueOptions, Entry, Outcome
from tests.tasks import jobs

NOW = 1_000_000.0
QUEUES = ["default"]
LOST = (b'{"exception_class_path":"tasks.exceptions.WorkerLost","traceback":"lost"}', 60)


@pytest.fixture
def queue(backend):
    return backend.queue


def claim(queue, slot, want=1, now=NOW):
    return queue.settle_and_claim(slot, want=want, queues=QUEUES, now=now).claims


def reap(queue, now):
    """As a worker that has no slots."""
    return queue.heartbeat("reaper", [], reap=True, lost=LOST, now=now)


def done(claim, value=b"3"):
    place, times = (claim.queue, claim.priority), (NOW, NOW + 1)
    return Outcome(claim.id, claim.attempt, "done", *place, 500, value, *times, "", 0, 1000)


def test_the_tasks_of_a_lapsed_lease_are_put_back(queue):
    result = jobs.add.enqueue(1, 2)
    claim(queue, "gone")
    assert reap(queue, NOW + LEASE_SECONDS - 0.1) == ([], [])
    assert reap(queue, NOW + LEASE_SECONDS) == ([result.id], [])
    assert claim(queue, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "2"


def test_a_lease_that_is_renewed_does_not_lapse(queue):
    jobs.add.enqueue(1, 2)
    claim(queue, "alive")
    queue.heartbeat("worker", ["alive"], now=NOW + 5)
    assert reap(queue, NOW + LEASE_SECONDS + 4) == ([], [])


def test_a_worker_that_may_not_reap_puts_nothing_back(queue):
    jobs.add.enqueue(1, 2)
    claim(queue, "gone")
    assert queue.heartbeat("worker", [], now=NOW + 100) == ([], [])


@pytest.fixture
def late(queue):
    """A claim whose lease has lapsed: its task waits to be tried again."""
    jobs.add.enqueue(1, 2)
    [late] = claim(queue, "late")
    reap(queue, NOW + LEASE_SECONDS)
    return late


def ended(claim):
    result = jobs.add.get_result(claim.id)
    return result.status, result.return_value


def test_a_result_after_the_lease_counts_if_the_task_waits(queue, late):
    assert queue.settle_and_claim("late", [done(late, b'"late"')]).refused == []
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "late")
    assert claim(queue, "alive", now=NOW + LEASE_SECONDS) == []


def test_a_result_after_the_lease_counts_if_another_still_runs_it(queue, late):
    [again] = claim(queue, "alive", now=NOW + LEASE_SECONDS)
    assert queue.settle_and_claim("late", [done(late, b'"late"')]).refused == []
    queue.settle_and_claim("alive", [done(again)])
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "late")
    assert queue.client.llen(f"{queue.tag}{keys.DONE}default") == 1
    assert queue.release("worker", ["alive"]) == []


def test_the_same_slot_may_finish_an_attempt_it_lost(queue, late):
    [again] = claim(queue, "late", now=NOW + LEASE_SECONDS)
    assert queue.settle_and_claim("late", [done(late, b'"first"')]).refused == []
    queue.settle_and_claim("late", [done(again)])
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "first")


def test_a_result_after_another_has_ended_the_task_is_refused(queue, late):
    [again] = claim(queue, "alive", now=NOW + LEASE_SECONDS)
    assert queue.settle_and_claim("alive", [done(again)]).refused == []
    assert queue.settle_and_claim("late", [done(late, b'"late"')]).refused == [late.id]
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, 3)
    assert queue.client.llen(f"{queue.tag}{keys.DONE}default") == 1


def test_a_result_after_the_task_has_failed_is_refused(queue):
    result = jobs.once.enqueue()
    [late] = claim(queue, "late")
    assert reap(queue, NOW + LEASE_SECONDS) == ([], [result.id])
    queue.settle_and_claim("late", [done(late)])
    assert jobs.once.get_result(result.id).status == TaskResultStatus.FAILED


@pytest.mark.parametrize("verdict", ["failed", "retry", "unclaim"])
def test_only_a_result_counts_after_the_lease(queue, late, verdict):
    outcome = done(late, LOST[0])._replace(verdict=verdict)
    assert queue.settle_and_claim("late", [outcome]).refused == [late.id]
    assert claim(queue, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "2"


def test_a_result_of_another_slot_is_refused(queue, late):
    assert queue.settle_and_claim("stranger", [done(late)]).refused == [late.id]


def test_a_result_from_before_the_task_was_queued_again_is_refused(queue, late):
    [again] = claim(queue, "alive", now=NOW + LEASE_SECONDS)
    queue.settle_and_claim("alive", [done(again)])
    assert queue.requeue(late.id)
    assert queue.settle_and_claim("late", [done(late)]).refused == [late.id]
    assert claim(queue, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "1"


def test_a_result_of_a_task_that_is_gone_is_refused(queue, late):
    queue.discard(late.id)
    assert queue.settle_and_claim("late", [done(late)]).refused == [late.id]


def test_leases_are_renewed_from_outside_the_worker(queue):
    jobs.add.enqueue(1, 2)
    claim(queue, "worker.1")
    queue.renew("worker", ["worker.1", "worker.2"], now=NOW + 5)
    assert reap(queue, NOW + LEASE_SECONDS + 4) == ([], [])


def test_leases_of_other_slots_are_not_renewed(queue):
    result = jobs.add.enqueue(1, 2)
    claim(queue, "worker.1")
    queue.renew("worker", ["worker.2"], now=NOW + 5)
    assert reap(queue, NOW + LEASE_SECONDS) == ([result.id], [])


def test_a_lease_that_is_gone_does_not_come_back(queue):
    claim(queue, "worker.1")
    queue.release("worker", ["worker.1"])
    queue.renew("worker", ["worker.1"], now=NOW + 5)
    assert queue.client.zcard(f"{queue.tag}{keys.LEASES}") == 0


def test_leases_of_zero_seconds_lapse_immediately(queue):
    result = jobs.add.enqueue(1, 2)
    claim(queue, "worker.1")
    queue.renew("worker", ["worker.1"], seconds=0, now=NOW + 1)
    assert reap(queue, NOW + 1) == ([result.id], [])


def test_a_task_that_kills_each_worker_fails_after_its_attempts(queue):
    result = jobs.kill_worker.enqueue()  # max_attempts=2
    for attempt in (1, 2):
        claim(queue, "gone", now=NOW + attempt * 100)
        reap(queue, NOW + attempt * 100 + LEASE_SECONDS)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 2)
    assert result.errors[0].exception_class_path == "tasks.exceptions.WorkerLost"
    assert claim(queue, "alive", now=NOW + 300) == []


def test_without_max_attempts_a_lost_task_is_tried_three_times(queue):
    jobs.add.enqueue(1, 2)
    for attempt in (1, 2, 3):
        assert claim(queue, "gone", now=NOW + attempt * 100)
        reap(queue, NOW + attempt * 100 + LEASE_SECONDS)
    assert claim(queue, "alive", now=NOW + 400) == []


def test_a_task_to_be_tried_once_is_not_run_again(queue):
    result = jobs.once.enqueue()
    claim(queue, "gone")
    assert reap(queue, NOW + LEASE_SECONDS) == ([], [result.id])


def test_a_task_that_killed_a_worker_is_claimed_alone(queue):
    lost, *others = jobs.add.enqueue_many([(1, 1)] * 4)
    claim(queue, "gone")
    reap(queue, NOW + LEASE_SECONDS)
    now = NOW + LEASE_SECONDS
    assert [c.id for c in claim(queue, "alive", 10, now)] == [lost.id]
    assert [c.id for c in claim(queue, "other", 10, now)] == [result.id for result in others]


def test_a_task_to_be_run_alone_is_not_claimed_with_others(queue):
    jobs.add.enqueue(1, 1)
    alone = jobs.once.enqueue()
    jobs.add.enqueue(1, 1)
    sizes = [len(claim(queue, slot, 10)) for slot in ("a", "b", "c")]
    assert sizes == [1, 1, 1]
    assert queue.record(alone.id)["workers"] == b"b"


def test_a_task_that_was_put_back_is_next(queue):
    lost, waiting = jobs.add.enqueue_many([(1, 1)] * 2)
    claim(queue, "gone")
    reap(queue, NOW + LEASE_SECONDS)
    assert claim(queue, "alive", now=NOW + LEASE_SECONDS)[0].id == lost.id
    assert claim(queue, "other", now=NOW + LEASE_SECONDS)[0].id == waiting.id


def test_a_claim_whose_answer_was_lost_is_put_back_by_the_next(queue):
    result = jobs.add.enqueue(1, 2)
    claim(queue, "slot")
    again = claim(queue, "slot")
    assert [(c.id, c.attempt) for c in again] == [(result.id, "1")]


def test_a_task_that_did_not_begin_keeps_its_attempts(queue):
    results = jobs.add.enqueue_many([(1, 2)] * 3)
    claims = claim(queue, "slot", 3)
    backs = [done(c)._replace(verdict="unclaim") for c in reversed(claims)]
    queue.settle_and_claim("slot", backs)
    results[0].refresh()
    assert (results[0].attempts, results[0].status) == (0, TaskResultStatus.READY)
    assert results[0].started_at is None
    assert [c.id for c in claim(queue, "other", 3)] == [result.id for result in results]


def test_a_release_puts_running_tasks_back(queue):
    result = jobs.add.enqueue(1, 2)
    claim(queue, "slot")
    assert queue.release("worker", ["slot"]) == [result.id]
    assert reap(queue, NOW + 100) == ([], [])
    assert claim(queue, "other")[0].attempt == "2"


def test_queueing_may_be_repeated(queue):
    """As redis-py does if a connection breaks before the reply arrives."""
    for _ in range(2):
        assert queue.enqueue(EnqueueOptions("default"), [Entry("id", "", b"{}")]) == {}
    assert len(claim(queue, "slot", 10)) == 1


def test_finishing_may_be_repeated(queue):
    result = jobs.add.enqueue(1, 2)
    outcome = done(claim(queue, "slot")[0])
    queue.settle_and_claim("slot", [outcome])
    queue.settle_and_claim("slot", [outcome])
    result.refresh()
    assert result.return_value == 3
    assert queue.client.llen(f"{queue.tag}{keys.DONE}default") == 1
