"""The Redis side of a backend: one method per script."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import redis
from redis.commands.core import Script

from tasks import keys

FOLDER = Path(__file__).parent / "lua"
LEASE_SECONDS = 6
ENQUEUED_AT_ONCE = 1000


class Entry(NamedTuple):
    """A task to be queued. `due` in seconds since 1970, or empty; `rate` is name|limit|seconds."""

    id: str
    queue: str
    priority: int
    due: float | str
    max_attempts: int | str
    unique: str
    rate: str
    alone: str
    record: bytes


class Claim(NamedTuple):
    """A task that a slot holds. `workers` has an id for each attempt, this one's last."""

    id: str
    queue: str
    priority: str
    attempt: str
    record: bytes
    workers: str
    errors: str
    started: str
    unique: str


class Outcome(NamedTuple):
    """How a claim ended: `verdict` is done, failed, retry, back (it was not begun), interrupted or
    damaged; `seconds` the time to keep the record, or to wait before the next try."""

    id: str
    attempt: str
    verdict: str
    queue: str
    priority: str
    seconds: float
    payload: bytes | str
    started: float
    finished: float
    unique: str
    waited_ms: int
    took_ms: int


@dataclass(slots=True)
class Exchange:
    refused: list[str]
    due_in: float | None
    claims: list[Claim]


class Queue:
    """All methods raise redis.RedisError. `now` is the server's clock where it is not given."""

    def __init__(self, client: redis.Redis, alias: str) -> None:
        self.client, self.tag = client, keys.tag(alias)

    def enqueue(
        self,
        entries: Sequence[Entry],
        turn: tuple[str, float] = ("", 0),
        now: float | None = None,
    ) -> list[str]:
        """The ids, in order; a unique task that waits or runs already answers with its own. With
        `turn`, a periodic function and a second, none if it was queued for that second already."""
        script, ids = self._script("enqueue"), []
        for start in range(0, len(entries), ENQUEUED_AT_ONCE):
            some = entries[start : start + ENQUEUED_AT_ONCE]
            values = [value for entry in some for value in entry]
            ids += script([self.tag], [_seconds(now), *turn, *values])
        return _texts(ids)

    def exchange(
        self,
        slot: str,
        outcomes: Sequence[Outcome] = (),
        want: int = 0,
        queues: Sequence[str] = (),
        now: float | None = None,
    ) -> Exchange:
        arguments: list[Any] = [_seconds(now), slot, LEASE_SECONDS, want, len(queues), *queues]
        arguments += [value for outcome in outcomes for value in outcome]
        refused, due_in, claims = self._script("exchange")([self.tag], arguments)
        return Exchange(
            _texts(refused), float(due_in) if due_in else None, [_claim(c) for c in claims]
        )

    def tick(
        self,
        worker: str,
        slots: Sequence[str],
        about: bytes = b"{}",
        reap: bool = False,
        lost: tuple[bytes, int] = (b"{}", 0),
        now: float | None = None,
    ) -> tuple[list[str], list[str]]:
        """Renew the leases of `slots`. With `reap`, what lapsed leases held is put back, or fails
        with `lost` (error, seconds to keep it): the ids of both."""
        arguments = [_seconds(now), LEASE_SECONDS, int(reap), worker, about, *lost, *slots]
        again, failed = self._script("tick")([self.tag], arguments)
        return _texts(again), _texts(failed)

    def leave(self, worker: str, slots: Sequence[str]) -> list[str]:
        return _texts(self._script("leave")([self.tag], [worker, *slots]))

    def wait(self, worker: str, queues: Iterable[str], seconds: float) -> None:
        """Until one of the queues may have a task, or somebody calls the worker."""
        names = [keys.CALL + worker, *(keys.WAKE + queue for queue in queues)]
        self.client.blpop([self.tag + name for name in names], timeout=seconds)

    def call(self, worker: str, slots: int) -> None:
        key = self.tag + keys.CALL + worker
        self.client.rpush(key, *["1"] * slots)
        self.client.expire(key, LEASE_SECONDS)

    def progress(self, slot: str, claim: Claim, text: bytes) -> bool:
        return bool(self._script("progress")([self.tag], [slot, claim.id, claim.attempt, text]))

    def names(self) -> list[str]:
        """The queues that were ever used."""
        return sorted(_texts(self.client.smembers(self.tag + keys.QUEUES)))

    def again(self, id: str) -> bool:
        """Queue a task that has ended once more; False where it has not."""
        return bool(self._script("again")([self.tag], [id]))

    def cancel(self, id: str, error: bytes, ttl: int, now: float | None = None) -> bool:
        """End a task that waits as failed; False where it does not wait."""
        return bool(self._script("cancel")([self.tag], [_seconds(now), id, error, ttl]))

    def discard(self, id: str) -> bool:
        """Forget a task; False where it runs, or is not there."""
        return bool(self._script("discard")([self.tag], [id]))

    def empty(self, queue: str) -> int:
        """Forget all that waits; how many that were."""
        rounds = iter(lambda: int(self._script("empty")([self.tag], [queue])), 0)
        return sum(rounds)

    def record(self, id: str) -> dict[str, Any]:
        """The fields of a task's record, empty where there is none."""
        fields: dict[Any, Any] = self.client.hgetall(self.tag + keys.TASK + id)
        return {name.decode(): value for name, value in fields.items()}

    def _script(self, name: str) -> Script:
        return _scripts(self.client, name)


@functools.cache
def _scripts(client: redis.Redis, name: str) -> Script:
    parts = [keys.lua(), *((FOLDER / f"{part}.lua").read_text() for part in ("common", name))]
    return client.register_script("\n".join(parts))


def _seconds(now: float | None) -> float | str:
    return "" if now is None else now


def _texts(values: Iterable[Any]) -> list[str]:
    return [value.decode() for value in values]


def _claim(values: list[bytes]) -> Claim:
    id, queue, priority, attempt, record, workers, errors, started, unique = values
    return Claim(
        id.decode(), queue.decode(), priority.decode(), attempt.decode(), record,
        workers.decode(), errors.decode(), started.decode(), unique.decode(),
    )  # fmt: skip
