"""Tasks run at least once: other workers run the tasks of a lost worker."""

import pytest

from tasks.api import TaskResultStatus
from tasks.redis import keys
from tasks.redis.broker import LEASE_SECONDS, EnqueueOptions, Entry, Outcome
from tests.tasks import jobs

NOW = 1_000_000.0
QUEUES = ["default"]
LOST = (b'{"exception_class_path":"tasks.exceptions.WorkerLost","traceback":"lost"}', 60)


@pytest.fixture
def broker(backend):
    return backend.broker


def claim(broker, slot, want=1, now=NOW):
    return broker.settle_and_claim(slot, want=want, queues=QUEUES, now=now).claims


def reap(broker, now):
    """Reaps like a worker without slots."""
    return broker.heartbeat("reaper", [], reap=True, lost=LOST, now=now)


def done(claim, value=b"3"):
    place, times = (claim.queue, claim.priority), (NOW, NOW + 1)
    return Outcome(claim.id, claim.attempt, "done", *place, 500, value, *times, "", 0, 1000)


def test_the_tasks_of_an_expired_lease_are_put_back(broker):
    result = jobs.add.enqueue(1, 2)
    claim(broker, "gone")
    assert reap(broker, NOW + LEASE_SECONDS - 0.1) == ([], [])
    assert reap(broker, NOW + LEASE_SECONDS) == ([result.id], [])
    assert claim(broker, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "2"


def test_a_renewed_lease_does_not_expire(broker):
    jobs.add.enqueue(1, 2)
    claim(broker, "alive")
    broker.heartbeat("worker", ["alive"], now=NOW + 5)
    assert reap(broker, NOW + LEASE_SECONDS + 4) == ([], [])


def test_a_worker_that_may_not_reap_puts_nothing_back(broker):
    jobs.add.enqueue(1, 2)
    claim(broker, "gone")
    assert broker.heartbeat("worker", [], now=NOW + 100) == ([], [])


@pytest.fixture
def late(broker):
    """Returns a claim whose lease has expired: its task waits for another attempt."""
    jobs.add.enqueue(1, 2)
    [late] = claim(broker, "late")
    reap(broker, NOW + LEASE_SECONDS)
    return late


def ended(claim):
    result = jobs.add.get_result(claim.id)
    return result.status, result.return_value


def test_a_result_after_the_lease_counts_if_the_task_waits(broker, late):
    assert broker.settle_and_claim("late", [done(late, b'"late"')]).refused == []
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "late")
    assert claim(broker, "alive", now=NOW + LEASE_SECONDS) == []


def test_a_result_after_the_lease_counts_if_another_still_runs_it(broker, late):
    [again] = claim(broker, "alive", now=NOW + LEASE_SECONDS)
    assert broker.settle_and_claim("late", [done(late, b'"late"')]).refused == []
    broker.settle_and_claim("alive", [done(again)])
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "late")
    assert broker.client.llen(f"{broker.tag}{keys.DONE}default") == 1
    assert broker.release("worker", ["alive"]) == []


def test_the_same_slot_may_finish_an_attempt_it_lost(broker, late):
    [again] = claim(broker, "late", now=NOW + LEASE_SECONDS)
    assert broker.settle_and_claim("late", [done(late, b'"first"')]).refused == []
    broker.settle_and_claim("late", [done(again)])
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, "first")


def test_a_result_after_another_slot_has_finished_the_task_is_refused(broker, late):
    [again] = claim(broker, "alive", now=NOW + LEASE_SECONDS)
    assert broker.settle_and_claim("alive", [done(again)]).refused == []
    assert broker.settle_and_claim("late", [done(late, b'"late"')]).refused == [late.id]
    assert ended(late) == (TaskResultStatus.SUCCESSFUL, 3)
    assert broker.client.llen(f"{broker.tag}{keys.DONE}default") == 1


def test_a_result_after_the_task_has_failed_is_refused(broker):
    result = jobs.once.enqueue()
    [late] = claim(broker, "late")
    assert reap(broker, NOW + LEASE_SECONDS) == ([], [result.id])
    broker.settle_and_claim("late", [done(late)])
    assert jobs.once.get_result(result.id).status == TaskResultStatus.FAILED


@pytest.mark.parametrize("verdict", ["failed", "retry", "unclaim"])
def test_only_a_result_counts_after_the_lease(broker, late, verdict):
    outcome = done(late, LOST[0])._replace(verdict=verdict)
    assert broker.settle_and_claim("late", [outcome]).refused == [late.id]
    assert claim(broker, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "2"


def test_a_result_of_another_slot_is_refused(broker, late):
    assert broker.settle_and_claim("stranger", [done(late)]).refused == [late.id]


def test_a_result_from_before_the_task_was_queued_again_is_refused(broker, late):
    [again] = claim(broker, "alive", now=NOW + LEASE_SECONDS)
    broker.settle_and_claim("alive", [done(again)])
    assert broker.requeue(late.id)
    assert broker.settle_and_claim("late", [done(late)]).refused == [late.id]
    assert claim(broker, "alive", now=NOW + LEASE_SECONDS)[0].attempt == "1"


def test_a_result_of_a_deleted_task_is_refused(broker, late):
    broker.discard(late.id)
    assert broker.settle_and_claim("late", [done(late)]).refused == [late.id]


def test_leases_are_renewed_from_outside_the_worker(broker):
    jobs.add.enqueue(1, 2)
    claim(broker, "worker.1")
    broker.renew("worker", ["worker.1", "worker.2"], now=NOW + 5)
    assert reap(broker, NOW + LEASE_SECONDS + 4) == ([], [])


def test_leases_of_other_slots_are_not_renewed(broker):
    result = jobs.add.enqueue(1, 2)
    claim(broker, "worker.1")
    broker.renew("worker", ["worker.2"], now=NOW + 5)
    assert reap(broker, NOW + LEASE_SECONDS) == ([result.id], [])


def test_a_released_lease_is_not_renewed(broker):
    claim(broker, "worker.1")
    broker.release("worker", ["worker.1"])
    broker.renew("worker", ["worker.1"], now=NOW + 5)
    assert broker.client.zcard(f"{broker.tag}{keys.LEASES}") == 0


def test_leases_of_zero_seconds_expire_immediately(broker):
    result = jobs.add.enqueue(1, 2)
    claim(broker, "worker.1")
    broker.renew("worker", ["worker.1"], seconds=0, now=NOW + 1)
    assert reap(broker, NOW + 1) == ([result.id], [])


def test_a_task_that_kills_each_worker_fails_after_its_attempts(broker):
    result = jobs.kill_worker.enqueue()  # max_attempts=2
    for attempt in (1, 2):
        claim(broker, "gone", now=NOW + attempt * 100)
        reap(broker, NOW + attempt * 100 + LEASE_SECONDS)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 2)
    assert result.errors[0].exception_class_path == "tasks.exceptions.WorkerLost"
    assert claim(broker, "alive", now=NOW + 300) == []


def test_without_max_attempts_a_lost_task_is_tried_three_times(broker):
    jobs.add.enqueue(1, 2)
    for attempt in (1, 2, 3):
        assert claim(broker, "gone", now=NOW + attempt * 100)
        reap(broker, NOW + attempt * 100 + LEASE_SECONDS)
    assert claim(broker, "alive", now=NOW + 400) == []


def test_a_task_with_one_attempt_is_not_run_again(broker):
    result = jobs.once.enqueue()
    claim(broker, "gone")
    assert reap(broker, NOW + LEASE_SECONDS) == ([], [result.id])


def test_a_task_that_killed_a_worker_is_claimed_without_others(broker):
    lost, *others = jobs.add.enqueue_many([(1, 1)] * 4)
    claim(broker, "gone")
    reap(broker, NOW + LEASE_SECONDS)
    now = NOW + LEASE_SECONDS
    assert [c.id for c in claim(broker, "alive", 10, now)] == [lost.id]
    assert [c.id for c in claim(broker, "other", 10, now)] == [result.id for result in others]


def test_a_task_with_one_attempt_is_claimed_without_others(broker):
    jobs.add.enqueue(1, 1)
    alone = jobs.once.enqueue()
    jobs.add.enqueue(1, 1)
    sizes = [len(claim(broker, slot, 10)) for slot in ("a", "b", "c")]
    assert sizes == [1, 1, 1]
    assert broker.record(alone.id)["workers"] == b"b"


def test_a_task_that_was_put_back_is_next(broker):
    lost, waiting = jobs.add.enqueue_many([(1, 1)] * 2)
    claim(broker, "gone")
    reap(broker, NOW + LEASE_SECONDS)
    assert claim(broker, "alive", now=NOW + LEASE_SECONDS)[0].id == lost.id
    assert claim(broker, "other", now=NOW + LEASE_SECONDS)[0].id == waiting.id


def test_a_claim_whose_reply_was_lost_is_put_back_by_the_next(broker):
    result = jobs.add.enqueue(1, 2)
    claim(broker, "slot")
    again = claim(broker, "slot")
    assert [(c.id, c.attempt) for c in again] == [(result.id, "1")]


def test_a_task_that_did_not_begin_keeps_its_attempts(broker):
    results = jobs.add.enqueue_many([(1, 2)] * 3)
    claims = claim(broker, "slot", 3)
    backs = [done(c)._replace(verdict="unclaim") for c in reversed(claims)]
    broker.settle_and_claim("slot", backs)
    results[0].refresh()
    assert (results[0].attempts, results[0].status) == (0, TaskResultStatus.READY)
    assert results[0].started_at is None
    assert [c.id for c in claim(broker, "other", 3)] == [result.id for result in results]


def test_a_release_puts_running_tasks_back(broker):
    result = jobs.add.enqueue(1, 2)
    claim(broker, "slot")
    assert broker.release("worker", ["slot"]) == [result.id]
    assert reap(broker, NOW + 100) == ([], [])
    assert claim(broker, "other")[0].attempt == "2"


def test_queueing_may_be_repeated(broker):
    """redis-py repeats it if a connection breaks before the reply arrives."""
    for _ in range(2):
        assert broker.enqueue(EnqueueOptions("default"), [Entry("id", "", b"{}")]) == {}
    assert len(claim(broker, "slot", 10)) == 1


def test_finishing_may_be_repeated(broker):
    result = jobs.add.enqueue(1, 2)
    outcome = done(claim(broker, "slot")[0])
    broker.settle_and_claim("slot", [outcome])
    broker.settle_and_claim("slot", [outcome])
    result.refresh()
    assert result.return_value == 3
    assert broker.client.llen(f"{broker.tag}{keys.DONE}default") == 1
