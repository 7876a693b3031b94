"""For any order of events, no task is lost, and no task is settled by two slots that have claimed
it."""

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tasks.api import task_backends
from tasks.redis import keys
from tasks.redis.broker import LEASE_SECONDS, Claim, EnqueueOptions, Entry, Outcome, RedisBroker

QUEUES = ["red", "blue"]
SLOTS = ["worker.1", "worker.2", "other.1"]
LOST_ATTEMPTS = 3
ERROR = b'{"exception_class_path":"builtins.ValueError","traceback":"no"}'
run_number = itertools.count()


class QueueMachine(RuleBasedStateMachine):
    """The model: where each task is, and which attempt of it a slot has claimed."""

    def __init__(self) -> None:
        super().__init__()
        client = task_backends["default"].broker.client
        self.broker = RedisBroker(client, f"property-{next(run_number)}")
        self.now, self.numbers = 1_000_000.0, itertools.count()
        self.waiting: dict[str, int] = {}  # id to priority
        self.scheduled: dict[str, tuple[float, int]] = {}  # id to when, and its priority
        self.claimed: dict[str, dict[str, tuple[Claim, int]]] = {slot: {} for slot in SLOTS}
        self.leases: dict[str, float] = {}
        self.alone: set[str] = set()
        self.attempts: dict[str, int] = {}
        self.ended: dict[str, str] = {}
        self.stale: list[tuple[str, Claim]] = []  # claims that their slots have lost
        self.tried: dict[str, list[str]] = {}  # the slot of each attempt

    @rule(
        queue=st.sampled_from(QUEUES),
        count=st.integers(1, 5),
        priority=st.integers(-2, 2),
        delay=st.sampled_from([0, 0, 0, 3, 20]),
    )
    def enqueue(self, queue, count, priority, delay):
        ids = [f"task{next(self.numbers)}" for _ in range(count)]
        due = self.now + delay if delay else ""
        options, entries = (
            EnqueueOptions(queue, priority, due),
            [Entry(id, "", b"{}") for id in ids],
        )
        for _ in range(2):  # queueing may be repeated
            assert self.broker.enqueue(options, entries, now=self.now) == {}
        for id in ids:
            self.attempts[id] = 0
            self.tried[id] = []
            if delay:
                self.scheduled[id] = (due, priority)
            else:
                self.waiting[id] = priority

    @rule(queue=st.sampled_from(QUEUES), slot=st.sampled_from(SLOTS), want=st.integers(1, 4))
    def wake_up(self, queue, slot, want):
        """A waiting worker receives the wake-up of a queue, then claims."""
        self.broker.client.lpop(f"{self.broker.tag}{keys.WAKE}{queue}")
        self.claim(slot, want)

    @rule(slot=st.sampled_from(SLOTS), want=st.integers(1, 4))
    def claim(self, slot, want):
        claims = self.broker.settle_and_claim(slot, want=want, queues=QUEUES, now=self.now).claims
        self.leases[slot] = self.now + LEASE_SECONDS
        self.put_back_unbegun(slot)
        self.promote()
        assert len(claims) <= want
        taken = {claim.id: self.waiting.pop(claim.id) for claim in claims}
        alone = self.alone & set(taken)
        assert not alone or len(taken) == 1
        if len(claims) < want and not alone:
            assert not self.waiting or (taken and self.alone & set(self.waiting))
        for claim in claims:
            self.attempts[claim.id] += 1
            assert int(claim.attempt) == self.attempts[claim.id]
            self.tried[claim.id].append(slot)
            self.claimed[slot][claim.id] = (claim, taken[claim.id])
        if taken and self.waiting:
            assert min(taken.values()) >= max(self.waiting.values())

    def put_back_unbegun(self, slot):
        """A slot that claims again never received the reply with its claimed tasks."""
        for id, (claim, priority) in self.claimed[slot].items():
            self.waiting[id] = priority
            self.attempts[id] -= 1
            self.tried[id].pop()
            self.stale.append((slot, claim))
        self.claimed[slot].clear()

    def promote(self):
        for id, (due, priority) in list(self.scheduled.items()):
            if due <= self.now:
                del self.scheduled[id]
                self.waiting[id] = priority

    @precondition(lambda self: any(self.claimed.values()))
    @rule(data=st.data(), verdict=st.sampled_from(["done", "failed", "retry", "unclaim"]))
    def finish(self, data, verdict):
        slot = data.draw(st.sampled_from([slot for slot in SLOTS if self.claimed[slot]]))
        id = data.draw(st.sampled_from(sorted(self.claimed[slot])))
        claim, priority = self.claimed[slot].pop(id)
        assert self.settle(slot, claim, verdict) == []
        match verdict:
            case "done" | "failed":
                assert id not in self.ended
                self.ended[id] = verdict
            case "retry":
                self.scheduled[id] = (self.now + 2, priority)
            case "unclaim":
                self.waiting[id] = priority
                self.attempts[id] -= 1
                self.tried[id].pop()

    @precondition(lambda self: self.stale)
    @rule(data=st.data(), verdict=st.sampled_from(["done", "failed", "retry", "unclaim"]))
    def finish_too_late(self, data, verdict):
        slot, claim = data.draw(st.sampled_from(self.stale))
        claimed = self.claimed[slot].get(claim.id)
        if claimed and claimed[0].attempt == claim.attempt:
            return
        counts = verdict == "done" and self.is_open(slot, claim)
        refused = self.settle(slot, claim, verdict)
        if counts:
            assert refused == []
            self.end_late(claim.id)

    def is_open(self, slot, claim):
        """Returns whether it was that slot's attempt, and the task has not finished since."""
        tried, attempts = self.tried[claim.id], self.attempts[claim.id]
        place = len(tried) - attempts + int(claim.attempt) - 1
        return claim.id not in self.ended and tried[place : place + 1] == [slot]

    def end_late(self, id):
        self.waiting.pop(id, None)
        self.scheduled.pop(id, None)
        for slot, claimed in self.claimed.items():
            if id in claimed:
                self.stale.append((slot, claimed.pop(id)[0]))
        self.ended[id] = "done"

    def settle(self, slot, claim, verdict):
        seconds, payload = (2, ERROR) if verdict == "retry" else (500, b"1")
        payload = ERROR if verdict == "failed" else payload
        place, times = (claim.queue, claim.priority), (self.now, self.now)
        outcome = Outcome(
            claim.id, claim.attempt, verdict, *place, seconds, payload, *times, claim.unique, 0, 0
        )
        return self.broker.settle_and_claim(slot, [outcome], now=self.now).refused

    @rule(seconds=st.floats(0.5, 10))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(slots=st.lists(st.sampled_from(SLOTS), unique=True))
    def renew(self, slots):
        self.broker.heartbeat("worker", slots, now=self.now)
        self.leases |= dict.fromkeys(slots, self.now + LEASE_SECONDS)

    @rule()
    def reap(self):
        requeued, failed = self.broker.heartbeat(
            "reaper", [], reap=True, lost=(ERROR, 60), now=self.now
        )
        expected_requeued, expected_failed = set(), set()
        for slot, expires in list(self.leases.items()):
            if expires > self.now:
                continue
            del self.leases[slot]
            for id, (claim, priority) in self.claimed[slot].items():
                self.stale.append((slot, claim))
                if self.attempts[id] >= LOST_ATTEMPTS:
                    expected_failed.add(id)
                    self.ended[id] = "failed"
                else:
                    expected_requeued.add(id)
                    self.alone.add(id)
                    self.waiting[id] = priority
            self.claimed[slot].clear()
        assert (set(requeued), set(failed)) == (expected_requeued, expected_failed)

    @rule(slots=st.lists(st.sampled_from(SLOTS), unique=True, min_size=1))
    def release(self, slots):
        back = self.broker.release("worker", slots)
        expected = {id for slot in slots for id in self.claimed[slot]}
        assert set(back) == expected
        for slot in slots:
            self.leases.pop(slot, None)
            for id, (claim, priority) in self.claimed[slot].items():
                self.waiting[id] = priority
                self.stale.append((slot, claim))
            self.claimed[slot].clear()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data):
        id = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.broker.cancel(id, ERROR, 60, now=self.now)
        del self.waiting[id]
        self.ended[id] = "failed"

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def requeue(self, data):
        id = data.draw(st.sampled_from(sorted(self.ended)))
        assert self.broker.requeue(id)
        assert not self.broker.requeue(id)
        del self.ended[id]
        self.attempts[id] = 0
        self.waiting[id] = int(self.broker.record(id)["priority"])

    @precondition(lambda self: any(self.claimed.values()))
    @rule(data=st.data())
    def cancel_too_late(self, data):
        id = data.draw(
            st.sampled_from(sorted(id for claimed in self.claimed.values() for id in claimed))
        )
        assert not self.broker.cancel(id, ERROR, 60, now=self.now)
        assert not self.broker.discard(id)

    @invariant()
    def each_task_is_in_exactly_one_place(self):
        assert sorted(self.find_waiting()) == sorted([*self.waiting, *self.scheduled])
        for slot in SLOTS:
            members = self.broker.client.smembers(f"{self.broker.tag}{keys.CLAIMED}{slot}")
            claimed = {
                f"{id}:{claim.attempt}".encode() for id, (claim, _) in self.claimed[slot].items()
            }
            assert members == claimed
        for id, verdict in self.ended.items():
            status = {"done": b"SUCCESSFUL", "failed": b"FAILED"}[verdict]
            assert self.broker.record(id)["status"] == status

    @invariant()
    def waiting_tasks_have_a_wake_up(self):
        """A waiting worker would be woken."""
        for queue in QUEUES:
            if self.broker.client.exists(f"{self.broker.tag}{keys.PRIORITIES}{queue}"):
                assert self.broker.client.exists(f"{self.broker.tag}{keys.WAKE}{queue}")

    def find_waiting(self):
        client, tag = self.broker.client, self.broker.tag
        found = []
        for queue in QUEUES:
            found += client.zrange(f"{tag}{keys.SCHEDULED}{queue}", 0, -1)
            for priority in client.zrange(f"{tag}{keys.PRIORITIES}{queue}", 0, -1):
                found += client.lrange(f"{tag}{keys.PENDING}{queue}:{priority.decode()}", 0, -1)
        return [id.decode() for id in found]

    def teardown(self):
        """A single worker finishes everything in the end."""
        self.now += 100
        self.reap()
        while self.waiting or self.scheduled:
            self.claim("worker.1", 4)
            for claim, _ in list(self.claimed["worker.1"].values()):
                del self.claimed["worker.1"][claim.id]
                assert self.settle("worker.1", claim, "done") == []
                self.ended[claim.id] = "done"
        assert set(self.ended) == set(self.attempts)


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
