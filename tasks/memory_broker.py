import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .redis.broker import Claim, EnqueueOptions, Entry, Fields, Outcome, Reply


@dataclass(slots=True)
class Record:
    """A task. `fields` are those of its record in Redis, except numbers and texts are not bytes."""

    id: str
    unique: str
    queue: str
    priority: int
    due: float
    fields: dict[str, Any]
    workers: list[str] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)

    def encoded(self) -> Fields:
        lists = {
            "workers": " ".join(self.workers),
            "errors": b"".join(error + b"\n" for error in self.errors),
        }
        fields = {**self.fields, **lists, "queue": self.queue, "priority": self.priority}
        return {
            name: value if isinstance(value, bytes) else str(value).encode()
            for name, value in fields.items()
        }


class MemoryBroker:
    """Does what RedisBroker does for one process, without leases and rate limits: a task that is
    tried again does not wait, and no record expires."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        with self.lock:
            self.records: dict[str, Record] = {}
            self.waiting: list[str] = []  # ids, in the order of their queues
            self.unique: dict[str, str] = {}  # digest to the id that waits or runs
            self.claimed: dict[str, list[str]] = {}  # slot to ids

    def enqueue(
        self,
        options: EnqueueOptions,
        entries: Sequence[Entry],
        occurrence: tuple[str, float] = ("", 0),
        now: float | None = None,
    ) -> dict[int, tuple[str, Fields]]:
        duplicates = {}
        with self.lock:
            for place, entry in enumerate(entries):
                first = self.unique.get(entry.unique) if entry.unique else None
                if first:
                    duplicates[place] = first, self.record(first)
                else:
                    self._add(options, entry)
        return duplicates

    def settle_and_claim(
        self,
        slot: str,
        outcomes: Sequence[Outcome] = (),
        want: int = 0,
        queues: Sequence[str] = (),
        now: float | None = None,
    ) -> Reply:
        """Settles the outcomes, and claims one task at most."""
        now = time.time() if now is None else now
        with self.lock:
            for outcome in outcomes:
                if outcome.id in self.claimed.get(slot, ()):
                    self.claimed[slot].remove(outcome.id)
                    self._settle(self.records[outcome.id], outcome)
            due = [self.records[id] for id in self.waiting]
            due = [one for one in due if want and one.queue in queues and one.due <= now]
            first = max(due, key=lambda one: one.priority, default=None)  # the first of equal ones
            return Reply([], None, [self._claim(first, slot, now)] if first else [])

    def release(self, worker: str, slots: Sequence[str]) -> list[str]:
        with self.lock:
            ids = [id for slot in slots for id in self.claimed.pop(slot, ())]
            for id in ids:
                self._put_back(self.records[id])
            return ids

    def heartbeat(self, *arguments: Any) -> tuple[list[str], list[str]]:
        return [], []  # a worker in memory ends with its queue

    def wake(self, worker: str, slots: int) -> None:
        pass  # no slot waits in a batch

    def set_progress(self, slot: str, claim: Claim, text: bytes) -> bool:
        with self.lock:
            if claim.id not in self.claimed.get(slot, ()):
                return False
            self.records[claim.id].fields["progress"] = text
            return True

    def time(self) -> float:
        return time.time()

    def names(self) -> list[str]:
        with self.lock:
            return sorted({record.queue for record in self.records.values()})

    def record(self, id: str) -> Fields:
        with self.lock:
            return self.records[id].encoded() if id in self.records else {}

    def requeue(self, id: str) -> bool:
        with self.lock:
            record = self.records.get(id)
            if not record or "finished" not in record.fields or record.unique in self.unique:
                return False
            for name in ("status", "started", "attempted", "finished", "result", "progress"):
                record.fields.pop(name, None)
            record.fields["attempts"] = 0
            self._wait(record)
            return True

    def cancel(self, id: str, error: bytes, ttl: int, now: float | None = None) -> bool:
        with self.lock:
            if id not in self.waiting:
                return False
            self.waiting.remove(id)
            self._fail(self.records[id], error, time.time() if now is None else now)
            return True

    def discard(self, id: str) -> bool:
        with self.lock:
            record = self.records.get(id)
            if not record or any(id in ids for ids in self.claimed.values()):
                return False
            self._forget(record)
            return True

    def empty(self, queue: str) -> int:
        with self.lock:
            records = [record for record in self._waiting() if record.queue == queue]
            for record in records:
                self._forget(record)
            return len(records)

    def _waiting(self) -> Iterator[Record]:
        return (self.records[id] for id in self.waiting)

    def _add(self, options: EnqueueOptions, entry: Entry) -> None:
        due, fields = float(options.due or 0), {"task": entry.record, "attempts": 0}
        self.records[entry.id] = record = Record(
            entry.id, entry.unique, options.queue, options.priority, due, fields
        )
        self._wait(record)

    def _wait(self, record: Record) -> None:
        self.waiting.append(record.id)
        if record.unique:
            self.unique[record.unique] = record.id

    def _claim(self, record: Record, slot: str, now: float) -> Claim:
        self.waiting.remove(record.id)
        self.claimed.setdefault(slot, []).append(record.id)
        record.workers.append(slot)
        fields = record.fields
        fields["attempts"] += 1
        fields.setdefault("started", now)
        fields |= {"status": "RUNNING", "attempted": now}
        texts = record.encoded()
        return Claim(
            record.id, record.queue, str(record.priority), str(fields["attempts"]),
            fields["task"], texts["workers"].decode(), texts["errors"].decode(),
            str(fields["started"]), record.unique,
        )  # fmt: skip

    def _settle(self, record: Record, outcome: Outcome) -> None:
        payload = outcome.payload if isinstance(outcome.payload, bytes) else b""
        match outcome.verdict:
            case "done":
                record.fields |= {"result": payload, "status": "SUCCESSFUL"}
                self._finish(record, outcome.finished)
                if not outcome.seconds:
                    self._forget(record)
            case "unclaim":
                record.workers.pop()
                record.fields["attempts"] -= 1
                self._put_back(record)
            case "retry":
                record.errors.append(payload)
                del record.fields["status"]
                self._wait(record)
            case _:
                self._fail(record, payload, outcome.finished)

    def _put_back(self, record: Record) -> None:
        del record.fields["status"]
        if not record.fields["attempts"]:
            del record.fields["started"], record.fields["attempted"]
        self.waiting.insert(0, record.id)

    def _fail(self, record: Record, error: bytes, now: float) -> None:
        record.errors.append(error)
        record.fields["status"] = "FAILED"
        self._finish(record, now)

    def _finish(self, record: Record, now: float) -> None:
        record.fields["finished"] = now
        self._free(record)

    def _forget(self, record: Record) -> None:
        if record.id in self.waiting:
            self.waiting.remove(record.id)
        self._free(record)
        del self.records[record.id]

    def _free(self, record: Record) -> None:
        if self.unique.get(record.unique) == record.id:
            del self.unique[record.unique]
