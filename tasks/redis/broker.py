"""Reads and writes the queues of a backend in Redis: one method for each script."""

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import redis
from redis.exceptions import NoScriptError

from . import keys
from .raw_client import executor

FOLDER = Path(__file__).parent / "lua"
LEASE_SECONDS = 6
MAX_ENQUEUED = 1000  # by one run of the script; other clients wait meanwhile

Fields = dict[str, bytes]  # of a record


class EnqueueOptions(NamedTuple):
    """Options that the tasks of one call share. `due` is in seconds since 1970, or empty; `rate` is
    name|limit|seconds; `alone` is "1" or empty."""

    queue: str
    priority: int = 0
    due: float | str = ""
    max_attempts: int | str = ""
    rate: str = ""
    alone: str = ""


class Entry(NamedTuple):
    """A task to queue. `unique` is the digest of a unique task, or empty."""

    id: str
    unique: str
    record: bytes


class Claim(NamedTuple):
    """A task that a slot has claimed. `workers` has the id of a worker for each attempt, the last
    one for this attempt."""

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
    """The end of a claim. `verdict` is done, failed, retry, corrupt, or unclaim if the task did not
    begin. `seconds` is the time to keep the record, or to wait before the next attempt."""

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
class Reply:
    """The reply to `settle_and_claim`: refused ids, seconds until the next task is due, claims."""

    refused: list[str]
    due_in: float | None
    claims: list[Claim]


class RedisBroker:
    """All queues of a backend. All methods raise redis.RedisError. `now` defaults to the server's
    clock."""

    def __init__(self, client: redis.Redis, alias: str) -> None:
        self.client, self.tag, self.execute = client, keys.tag(alias), executor(client)

    def enqueue(
        self,
        options: EnqueueOptions,
        entries: Sequence[Entry],
        occurrence: tuple[str, float] = ("", 0),
        now: float | None = None,
    ) -> dict[int, tuple[str, Fields]] | None:
        """Queues the entries. Returns the unique tasks that were not queued because the same task
        waits or runs: its id and record by the index in `entries`. With `occurrence`, a periodic
        function and a second, returns None if it was already queued for that second."""
        calls = [
            [_seconds(now), *occurrence, *options, *chain.from_iterable(part)]
            for part in _parts(entries, MAX_ENQUEUED)
        ]
        duplicates = {}
        for number, reply in enumerate(self._run_all("enqueue", calls)):
            if reply is None:
                return None
            for place, id, record in reply:
                duplicates[place - 1 + number * MAX_ENQUEUED] = id.decode(), _pairs(record)
        return duplicates

    def settle_and_claim(
        self,
        slot: str,
        outcomes: Sequence[Outcome] = (),
        want: int = 0,
        queues: Sequence[str] = (),
        now: float | None = None,
    ) -> Reply:
        arguments: list[Any] = [_seconds(now), slot, LEASE_SECONDS, want, len(queues), *queues]
        arguments += chain.from_iterable(outcomes)
        refused, due_in, claims = self._run("settle_and_claim", *arguments)
        return Reply(
            _texts(refused),
            float(due_in) if due_in else None,
            [_claim(values) for values in claims],
        )

    def heartbeat(
        self,
        worker: str,
        slots: Sequence[str],
        status: bytes = b"{}",
        reap: bool = False,
        lost: tuple[bytes, int] = (b"{}", 0),
        now: float | None = None,
    ) -> tuple[list[str], list[str]]:
        """Renews the leases of `slots`. With `reap`, puts the tasks of expired leases back into
        their queues, or lets them fail with `lost` (error, seconds to keep the record). Returns the
        ids of both."""
        arguments = [_seconds(now), LEASE_SECONDS, int(reap), worker, status, *lost, *slots]
        requeued, failed = self._run("heartbeat", *arguments)
        return _texts(requeued), _texts(failed)

    def renew(
        self,
        worker: str,
        slots: Sequence[str],
        seconds: float = LEASE_SECONDS,
        now: float | None = None,
    ) -> None:
        """Renews the existing leases of slots from outside their worker; 0 seconds expire them."""
        self._run("renew", _seconds(now), seconds, worker, *slots)

    def release(self, worker: str, slots: Sequence[str]) -> list[str]:
        """Releases the leases. Returns the ids of the tasks that were put back into their
        queues."""
        return _texts(self._run("release", worker, *slots))

    def wait(self, worker: str, queues: Iterable[str], seconds: float) -> None:
        """Waits until one of the queues may have a task, or until `wake` is called for the
        worker."""
        names = [keys.WAKE_WORKER + worker, *(keys.WAKE + queue for queue in queues)]
        self.execute([("BLPOP", *(self.tag + name for name in names), seconds)])

    def wake(self, worker: str, slots: int) -> None:
        key = self.tag + keys.WAKE_WORKER + worker
        self.client.rpush(key, *["1"] * slots)
        self.client.expire(key, LEASE_SECONDS)

    def set_progress(self, slot: str, claim: Claim, text: bytes) -> bool:
        return bool(self._run("set_progress", slot, claim.id, claim.attempt, text))

    def time(self) -> float:
        """Returns the time of the server's clock, which decides when tasks are due, in seconds
        since 1970."""
        return float(self._run("time"))

    def names(self) -> list[str]:
        """Returns the names of all queues that were ever used."""
        return sorted(_texts(self.client.smembers(self.tag + keys.QUEUES)))

    def requeue(self, id: str) -> bool:
        """Queues a finished task again. Returns False if it has not finished, or is unique and the
        same task waits or runs."""
        return bool(self._run("requeue", id))

    def cancel(self, id: str, error: bytes, ttl: int, now: float | None = None) -> bool:
        """Cancels a waiting task, which fails. Returns False if it does not wait."""
        return bool(self._run("cancel", _seconds(now), id, error, ttl))

    def discard(self, id: str) -> bool:
        """Deletes a task. Returns False if it runs, or does not exist."""
        return bool(self._run("discard", id))

    def empty(self, queue: str) -> int:
        """Deletes all waiting tasks of the queue. Returns their number."""
        rounds = iter(lambda: int(self._run("empty", queue)), 0)
        return sum(rounds)

    def record(self, id: str) -> Fields:
        """Returns the fields of a task's record; empty if there is no record."""
        fields: Any = self.client.hgetall(self.tag + keys.TASK + id)
        return _fields(fields)

    def _run(self, name: str, *arguments: Any) -> Any:
        return self._run_all(name, [arguments])[0]

    def _run_all(self, name: str, calls: Iterable[Sequence[Any]]) -> list[Any]:
        """Runs one script with each list of arguments, in one round trip."""
        text, digest = _script(name)
        calls = [(1, self.tag, *arguments) for arguments in calls]
        try:
            return self.execute([("EVALSHA", digest, *call) for call in calls])
        except NoScriptError:
            return self.execute([("EVAL", text, *call) for call in calls])


@functools.cache
def _script(name: str) -> tuple[str, str]:
    """Returns the text and digest of a script. Redis runs the whole text, so a short one is
    faster."""
    names = ["pending", name] if name == "enqueue" else ["pending", "common", name]
    text = "\n".join((FOLDER / f"{part}.lua").read_text() for part in names)
    text = keys.lua_locals(text) + text
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _seconds(now: float | None) -> float | str:
    return "" if now is None else now


def _parts(entries: Sequence[Entry], size: int) -> list[Sequence[Entry]]:
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def _pairs(flat: Sequence[bytes]) -> Fields:
    return _fields(dict(zip(flat[::2], flat[1::2], strict=True)))


def _fields(values: dict[bytes, bytes]) -> Fields:
    return {name.decode(): value for name, value in values.items()}


def _texts(values: Iterable[Any]) -> list[str]:
    return [value.decode() for value in values]


def _claim(values: list[bytes]) -> Claim:
    id, queue, priority, attempt, record, workers, errors, started, unique = values
    return Claim(
        id.decode(), queue.decode(), priority.decode(), attempt.decode(), record,
        workers.decode(), errors.decode(), started.decode(), unique.decode(),
    )  # fmt: skip
