"""Reads the state of the queues from Redis. Every function raises redis.RedisError."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import redis

from ..backend import RedisQueueBackend
from ..redis import keys, payload, snapshot
from ..redis.payload import to_datetime
from ..redis.snapshot import Snapshot

STATES = ("waiting", "scheduled", "running", "failed", "done")
COUNTS = ("done", "failed", "retried", "waited", "took")
SEARCHED = 5000  # maximum of records that a search reads
PAGE = 100  # ids read in one round trip


@dataclass(slots=True)
class QueueState:
    name: str
    depths: dict[str, int]  # by state
    next_since: datetime | None  # when the next task was queued
    done: int  # in the last hour, like the next fields
    failed: int
    waited_ms: float | None  # mean time from when a task was due to its start
    took_ms: float | None


class Inspection:
    def __init__(self, backend: RedisQueueBackend) -> None:
        self.backend = backend
        self.client: Any = backend.broker.client
        self.tag = backend.broker.tag

    def names(self) -> list[str]:
        return sorted({*self.backend.broker.names(), *self.backend.queues})

    def queue(self, name: str, now: float | None = None) -> QueueState:
        hour = self.minutes(name, 60, now)
        done, failed, retried, waited, took = (sum(m[what] for m in hour) for what in COUNTS)
        ended = done + failed + retried
        first = next(self.ids(name, "waiting"), None)
        return QueueState(
            name,
            {state: self.depth(name, state) for state in STATES},
            self.snapshot(first).enqueued_at if first else None,
            done,
            failed,
            waited / ended if ended else None,
            took / ended if ended else None,
        )

    def depth(self, queue: str, state: str) -> int:
        match state:
            case "waiting":
                return sum(self.client.llen(key) for key in self._pending(queue))
            case "scheduled":
                return self.client.zcard(f"{self.tag}{keys.SCHEDULED}{queue}")
            case "running":
                return sum(1 for _ in self.ids(queue, "running"))
            case "failed":
                return self.client.zcard(f"{self.tag}{keys.FAILED}{queue}")
        return self.client.llen(f"{self.tag}{keys.DONE}{queue}")

    def minutes(self, queue: str, count: int, now: float | None = None) -> list[dict[str, int]]:
        """Returns COUNTS of each of the last minutes, the present minute last. `waited` and `took`
        are sums of milliseconds."""
        last = int((self.backend.broker.time() if now is None else now) // 60)
        wanted = range(last - count + 1, last + 1)
        hours: dict[int, dict[bytes, bytes]] = {minute // 60: {} for minute in wanted}
        for hour in hours:
            hours[hour] = self.client.hgetall(f"{self.tag}{keys.HOUR}{queue}:{hour}")
        return [
            {what: int(hours[m // 60].get(f"{m % 60}:{what}".encode(), 0)) for what in COUNTS}
            for m in wanted
        ]

    def workers(self) -> list[dict[str, Any]]:
        """Returns the workers that have leases: {"name", "pid", "queues", "threads", "started",
        "ran", "stopping", "running": [{"id", "name", "since"}]}."""
        names = sorted({slot.rpartition(".")[0] for slot in self._slots()})
        texts = self.client.mget([self.tag + keys.WORKER + name for name in names]) if names else []
        workers = [payload.loads(text) for text in texts if text]
        for worker in workers:
            worker["started"] = to_datetime(worker["started"])
            for task in worker["running"]:
                task["since"] = to_datetime(task["since"])
        return workers

    def totals(self, queue: str) -> dict[str, int]:
        """Returns all-time COUNTS."""
        counts = self.client.hgetall(f"{self.tag}{keys.TOTALS}{queue}")
        return {what: int(counts.get(what.encode(), 0)) for what in COUNTS}

    def find(
        self, queue: str, state: str, text: str = "", start: int = 0, count: int = 50
    ) -> list[Snapshot]:
        """Returns tasks of a state that contain `text` in their id or function, the next or the
        latest first."""
        found = (one for one in self._snapshots(queue, state) if one.matches(text))
        return list(islice(found, start, start + count))

    def snapshot(self, id: str) -> Snapshot:
        try:
            return snapshot.from_fields(id, self.client.hgetall(self.tag + keys.TASK + id))
        except redis.ResponseError:  # it is not a hash
            return Snapshot(id)

    def corrupt(self) -> list[dict[str, str]]:
        """Returns the records that could not be read, the latest first: {"id", "reason"}."""
        texts = self.client.lrange(self.tag + keys.CORRUPT, 0, PAGE - 1)
        return [payload.loads(text) for text in texts]

    def ids(self, queue: str, state: str) -> Iterator[str]:
        match state:
            case "waiting":
                for key in self._pending(queue):
                    yield from self._list(key)
            case "running":
                yield from self._running(queue)
            case "scheduled" | "failed":
                kind = keys.FAILED if state == "failed" else keys.SCHEDULED
                yield from self._sorted_set(f"{self.tag}{kind}{queue}", latest=state == "failed")
            case _:
                yield from self._list(f"{self.tag}{keys.DONE}{queue}")

    def _snapshots(self, queue: str, state: str) -> Iterator[Snapshot]:
        """Yields the tasks that have not expired since."""
        ids = islice(self.ids(queue, state), SEARCHED)
        while page := list(islice(ids, PAGE)):
            pipe = self.client.pipeline(transaction=False)
            for id in page:
                pipe.hgetall(self.tag + keys.TASK + id)
            for id, fields in zip(page, pipe.execute(raise_on_error=False), strict=True):
                if fields and not isinstance(fields, Exception):
                    yield snapshot.from_fields(id, fields)

    def _running(self, queue: str) -> Iterator[str]:
        for slot in self._slots():
            for member in self.client.smembers(f"{self.tag}{keys.CLAIMED}{slot}"):
                id = member.decode().rpartition(":")[0]
                if self.client.hget(self.tag + keys.TASK + id, "queue") == queue.encode():
                    yield id

    def _slots(self) -> list[str]:
        return [slot.decode() for slot in self.client.zrange(self.tag + keys.LEASES, 0, -1)]

    def _pending(self, queue: str) -> list[str]:
        """Returns the keys of its lists, the highest priority first."""
        priorities = self.client.zrange(f"{self.tag}{keys.PRIORITIES}{queue}", 0, -1, desc=True)
        return [f"{self.tag}{keys.PENDING}{queue}:{priority.decode()}" for priority in priorities]

    def _sorted_set(self, key: str, latest: bool) -> Iterator[str]:
        for id in self.client.zrange(key, 0, SEARCHED - 1, desc=latest):
            yield id.decode()

    def _list(self, key: str) -> Iterator[str]:
        start = 0
        while page := self.client.lrange(key, start, start + PAGE - 1):
            yield from (id.decode() for id in page)
            start += len(page)
