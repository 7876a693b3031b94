"""The Redis side of a backend: one method per script."""

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import redis
from redis.exceptions import NoScriptError

from tasks.redis import keys
from tasks.redis.raw_client import asker

FOLDER = Path(__file__).parent / "lua"
LEASE_SECONDS = 6
ENQUEUED_AT_ONCE = 1000  # by one run of the script, for which others have to wait

Fields = dict[str, bytes]  # of a record


class Terms(NamedTuple):
    """What tasks of one call have in common. `due` in seconds since 1970, or empty; `rate` is
    name|limit|seconds."""

    queue: str
    priority: int = 0
    due: float | str = ""
    max_attempts: int | str = ""
    rate: str = ""
    alone: str = ""


class Entry(NamedTuple):
    """A task to be queued."""

    id: str
    unique: str
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
        self.client, self.tag, self.ask = client, keys.tag(alias), asker(client)

    def enqueue(
        self,
        terms: Terms,
        entries: Sequence[Entry],
        turn: tuple[str, float] = ("", 0),
        now: float | None = None,
    ) -> dict[int, tuple[str, Fields]] | None:
        """What was not queued because a unique task waits or runs already: that one's id and
        record by the place in `entries`. With `turn`, a periodic function and a second, None if
        it was queued for that second already."""
        calls = []
        for start in range(0, len(entries), ENQUEUED_AT_ONCE):
            some = chain.from_iterable(entries[start : start + ENQUEUED_AT_ONCE])
            calls.append([_seconds(now), *turn, *terms, *some])
        known = {}
        for number, reply in enumerate(self._run_all("enqueue", calls)):
            if reply is None:
                return None
            for place, id, record in reply:
                fields = dict(zip(record[::2], record[1::2], strict=True))
                place += number * ENQUEUED_AT_ONCE - 1
                known[place] = id.decode(), _fields(fields)
        return known

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
        refused, due_in, claims = self._run("exchange", *arguments)
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
        again, failed = self._run("tick", *arguments)
        return _texts(again), _texts(failed)

    def keep(
        self,
        worker: str,
        slots: Sequence[str],
        seconds: float = LEASE_SECONDS,
        now: float | None = None,
    ) -> None:
        """Renew the leases that slots still have, from outside their worker; with 0 seconds they
        lapse."""
        self._run("keep", _seconds(now), seconds, worker, *slots)

    def leave(self, worker: str, slots: Sequence[str]) -> list[str]:
        return _texts(self._run("leave", worker, *slots))

    def wait(self, worker: str, queues: Iterable[str], seconds: float) -> None:
        """Until one of the queues may have a task, or somebody calls the worker."""
        names = [keys.CALL + worker, *(keys.WAKE + queue for queue in queues)]
        self.ask([("BLPOP", *(self.tag + name for name in names), seconds)])

    def call(self, worker: str, slots: int) -> None:
        key = self.tag + keys.CALL + worker
        self.client.rpush(key, *["1"] * slots)
        self.client.expire(key, LEASE_SECONDS)

    def progress(self, slot: str, claim: Claim, text: bytes) -> bool:
        return bool(self._run("progress", slot, claim.id, claim.attempt, text))

    def time(self) -> float:
        """The server's clock, by which everything is due: seconds since 1970."""
        return float(self._run("time"))

    def names(self) -> list[str]:
        """The queues that were ever used."""
        return sorted(_texts(self.client.smembers(self.tag + keys.QUEUES)))

    def again(self, id: str) -> bool:
        """Queue a task that has ended once more; False where it has not, or is unique and its like
        waits or runs."""
        return bool(self._run("again", id))

    def cancel(self, id: str, error: bytes, ttl: int, now: float | None = None) -> bool:
        """End a task that waits as failed; False where it does not wait."""
        return bool(self._run("cancel", _seconds(now), id, error, ttl))

    def discard(self, id: str) -> bool:
        """Forget a task; False where it runs, or is not there."""
        return bool(self._run("discard", id))

    def empty(self, queue: str) -> int:
        """Forget all that waits; how many that were."""
        rounds = iter(lambda: int(self._run("empty", queue)), 0)
        return sum(rounds)

    def record(self, id: str) -> Fields:
        """The fields of a task's record, empty where there is none."""
        fields: Any = self.client.hgetall(self.tag + keys.TASK + id)
        return _fields(fields)

    def _run(self, name: str, *arguments: Any) -> Any:
        return self._run_all(name, [arguments])[0]

    def _run_all(self, name: str, calls: Iterable[Sequence[Any]]) -> list[Any]:
        """One script several times, in one round trip."""
        text, digest = _script(name)
        calls = [(1, self.tag, *arguments) for arguments in calls]
        try:
            return self.ask([("EVALSHA", digest, *call) for call in calls])
        except NoScriptError:
            return self.ask([("EVAL", text, *call) for call in calls])


@functools.cache
def _script(name: str) -> tuple[str, str]:
    """Its text and its digest. The shorter a script, the quicker: all of it is run each time."""
    parts = ["waiting", name] if name == "enqueue" else ["waiting", "common", name]
    text = "\n".join((FOLDER / f"{part}.lua").read_text() for part in parts)
    text = keys.lua(text) + text
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _seconds(now: float | None) -> float | str:
    return "" if now is None else now


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
