"""Whatever happens in whatever order: no task is lost, and none is finished by two who hold it."""

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tasks.api import task_backends
from tasks.redis import keys
from tasks.redis.queue import LEASE_SECONDS, Claim, Entry, Outcome, Queue, Terms

QUEUES = ["red", "blue"]
SLOTS = ["worker.1", "worker.2", "other.1"]
LOST_ATTEMPTS = 3
ERROR = b'{"exception_class_path":"builtins.ValueError","traceback":"no"}'
run_number = itertools.count()


class QueueMachine(RuleBasedStateMachine):
    """The model: where each task is, and which attempt at it a slot holds."""

    def __init__(self) -> None:
        super().__init__()
        client = task_backends["default"].queue.client
        self.queue = Queue(client, f"property-{next(run_number)}")
        self.now, self.numbers = 1_000_000.0, itertools.count()
        self.waiting: dict[str, int] = {}  # id to priority
        self.later: dict[str, tuple[float, int]] = {}  # id to when, and its priority
        self.held: dict[str, dict[str, tuple[Claim, int]]] = {slot: {} for slot in SLOTS}
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
        terms, entries = Terms(queue, priority, due), [Entry(id, "", b"{}") for id in ids]
        for _ in range(2):  # it may be repeated
            assert self.queue.enqueue(terms, entries, now=self.now) == {}
        for id in ids:
            self.attempts[id] = 0
            self.tried[id] = []
            if delay:
                self.later[id] = (due, priority)
            else:
                self.waiting[id] = priority

    @rule(queue=st.sampled_from(QUEUES), slot=st.sampled_from(SLOTS), want=st.integers(1, 4))
    def wake_up(self, queue, slot, want):
        """A sleeping worker takes the announcement of a queue, and then what there is."""
        self.queue.client.lpop(f"{self.queue.tag}{keys.WAKE}{queue}")
        self.take(slot, want)

    @rule(slot=st.sampled_from(SLOTS), want=st.integers(1, 4))
    def take(self, slot, want):
        claims = self.queue.exchange(slot, want=want, queues=QUEUES, now=self.now).claims
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
            self.held[slot][claim.id] = (claim, taken[claim.id])
        if taken and self.waiting:
            assert min(taken.values()) >= max(self.waiting.values())

    def put_back_unbegun(self, slot):
        """What a slot holds when it asks for more was claimed in an answer that it never saw."""
        for id, (claim, priority) in self.held[slot].items():
            self.waiting[id] = priority
            self.attempts[id] -= 1
            self.tried[id].pop()
            self.stale.append((slot, claim))
        self.held[slot].clear()

    def promote(self):
        for id, (due, priority) in list(self.later.items()):
            if due <= self.now:
                del self.later[id]
                self.waiting[id] = priority

    @precondition(lambda self: any(self.held.values()))
    @rule(
        data=st.data(), verdict=st.sampled_from(["done", "failed", "retry", "back", "interrupted"])
    )
    def finish(self, data, verdict):
        slot = data.draw(st.sampled_from([slot for slot in SLOTS if self.held[slot]]))
        id = data.draw(st.sampled_from(sorted(self.held[slot])))
        claim, priority = self.held[slot].pop(id)
        assert self.hand_in(slot, claim, verdict) == []
        match verdict:
            case "done" | "failed":
                assert id not in self.ended
                self.ended[id] = verdict
            case "retry":
                self.later[id] = (self.now + 2, priority)
            case "back":
                self.waiting[id] = priority
                self.attempts[id] -= 1
                self.tried[id].pop()
            case "interrupted":
                self.waiting[id] = priority

    @precondition(lambda self: self.stale)
    @rule(data=st.data(), verdict=st.sampled_from(["done", "failed", "retry", "back"]))
    def finish_too_late(self, data, verdict):
        slot, claim = data.draw(st.sampled_from(self.stale))
        held = self.held[slot].get(claim.id)
        if held and held[0].attempt == claim.attempt:
            return
        counts = verdict == "done" and self.is_open(slot, claim)
        refused = self.hand_in(slot, claim, verdict)
        if counts:
            assert refused == []
            self.end_late(claim.id)

    def is_open(self, slot, claim):
        """Whether it was that slot's attempt, and the task has not ended since."""
        tried, attempts = self.tried[claim.id], self.attempts[claim.id]
        place = len(tried) - attempts + int(claim.attempt) - 1
        return claim.id not in self.ended and tried[place : place + 1] == [slot]

    def end_late(self, id):
        self.waiting.pop(id, None)
        self.later.pop(id, None)
        for slot, held in self.held.items():
            if id in held:
                self.stale.append((slot, held.pop(id)[0]))
        self.ended[id] = "done"

    def hand_in(self, slot, claim, verdict):
        seconds, payload = (2, ERROR) if verdict == "retry" else (500, b"1")
        payload = ERROR if verdict == "failed" else payload
        place, times = (claim.queue, claim.priority), (self.now, self.now)
        outcome = Outcome(
            claim.id, claim.attempt, verdict, *place, seconds, payload, *times, claim.unique, 0, 0
        )
        return self.queue.exchange(slot, [outcome], now=self.now).refused

    @rule(seconds=st.floats(0.5, 10))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(slots=st.lists(st.sampled_from(SLOTS), unique=True))
    def renew(self, slots):
        self.queue.tick("worker", slots, now=self.now)
        self.leases |= dict.fromkeys(slots, self.now + LEASE_SECONDS)

    @rule()
    def reap(self):
        again, failed = self.queue.tick("reaper", [], reap=True, lost=(ERROR, 60), now=self.now)
        expected_again, expected_failed = set(), set()
        for slot, lapses in list(self.leases.items()):
            if lapses > self.now:
                continue
            del self.leases[slot]
            for id, (claim, priority) in self.held[slot].items():
                self.stale.append((slot, claim))
                if self.attempts[id] >= LOST_ATTEMPTS:
                    expected_failed.add(id)
                    self.ended[id] = "failed"
                else:
                    expected_again.add(id)
                    self.alone.add(id)
                    self.waiting[id] = priority
            self.held[slot].clear()
        assert (set(again), set(failed)) == (expected_again, expected_failed)

    @rule(slots=st.lists(st.sampled_from(SLOTS), unique=True, min_size=1))
    def leave(self, slots):
        back = self.queue.leave("worker", slots)
        expected = {id for slot in slots for id in self.held[slot]}
        assert set(back) == expected
        for slot in slots:
            self.leases.pop(slot, None)
            for id, (claim, priority) in self.held[slot].items():
                self.waiting[id] = priority
                self.stale.append((slot, claim))
            self.held[slot].clear()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data):
        id = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.queue.cancel(id, ERROR, 60, now=self.now)
        del self.waiting[id]
        self.ended[id] = "failed"

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def run_again(self, data):
        id = data.draw(st.sampled_from(sorted(self.ended)))
        assert self.queue.again(id)
        assert not self.queue.again(id)
        del self.ended[id]
        self.attempts[id] = 0
        self.waiting[id] = int(self.queue.record(id)["priority"])

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def cancel_too_late(self, data):
        id = data.draw(st.sampled_from(sorted(id for held in self.held.values() for id in held)))
        assert not self.queue.cancel(id, ERROR, 60, now=self.now)
        assert not self.queue.discard(id)

    @invariant()
    def each_task_is_in_its_one_place(self):
        assert sorted(self.find_waiting()) == sorted([*self.waiting, *self.later])
        for slot in SLOTS:
            members = self.queue.client.smembers(f"{self.queue.tag}{keys.HELD}{slot}")
            held = {f"{id}:{claim.attempt}".encode() for id, (claim, _) in self.held[slot].items()}
            assert members == held
        for id, verdict in self.ended.items():
            status = {"done": b"SUCCESSFUL", "failed": b"FAILED"}[verdict]
            assert self.queue.record(id)["status"] == status

    @invariant()
    def who_waits_is_announced(self):
        """A worker that is about to sleep would be woken."""
        for queue in QUEUES:
            if self.queue.client.exists(f"{self.queue.tag}{keys.LEVELS}{queue}"):
                assert self.queue.client.exists(f"{self.queue.tag}{keys.WAKE}{queue}")

    def find_waiting(self):
        client, tag = self.queue.client, self.queue.tag
        found = []
        for queue in QUEUES:
            found += client.zrange(f"{tag}{keys.LATER}{queue}", 0, -1)
            for level in client.zrange(f"{tag}{keys.LEVELS}{queue}", 0, -1):
                found += client.lrange(f"{tag}{keys.PENDING}{queue}:{level.decode()}", 0, -1)
        return [id.decode() for id in found]

    def teardown(self):
        """In the end a single worker gets everything done."""
        self.now += 100
        self.reap()
        while self.waiting or self.later:
            self.take("worker.1", 4)
            for claim, _ in list(self.held["worker.1"].values()):
                del self.held["worker.1"][claim.id]
                assert self.hand_in("worker.1", claim, "done") == []
                self.ended[claim.id] = "done"
        assert set(self.ended) == set(self.attempts)


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
