from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks.redis import payload
from tasks.redis.payload import to_datetime


@dataclass(slots=True)
class Record:
    """One task as its record in Redis says it, without importing its function. What cannot be read
    stays empty; without a status there is no such task."""

    id: str
    function: str = ""
    args: list = field(default_factory=list)
    kwargs: dict = field(default_factory=dict)
    queue: str = ""
    priority: str = ""
    status: str = ""
    owner: str = ""
    enqueued_at: datetime | None = None
    run_after: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    workers: list[str] = field(default_factory=list)
    result: Any = None
    progress: dict = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def call(self) -> str:
        """Like Python: export_room(7, format='html')"""
        arguments = [repr(value) for value in self.args]
        arguments += [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"{self.name}({', '.join(arguments)})"

    @property
    def name(self) -> str:
        return self.function.rpartition(".")[2] or self.id

    @property
    def arguments(self) -> str:
        return payload.pretty({"args": self.args, "kwargs": self.kwargs})

    @property
    def last_error(self) -> str:
        """The last line of its traceback."""
        error = self.errors[-1] if self.errors else {}
        return str(error.get("traceback", "")).strip().rpartition("\n")[2]

    def matches(self, text: str) -> bool:
        return text.lower() in f"{self.id} {self.function}".lower()

    @property
    def has_ended(self) -> bool:
        return self.status in ("SUCCESSFUL", "FAILED")


def read(id: str, fields: dict[bytes, bytes]) -> Record:
    if not fields:
        return Record(id)
    texts = {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
    task = _kind(dict, _json(texts.get("task")))
    workers = texts.get("workers", "").split()
    return Record(
        id,
        function=str(task.get("path", "")),
        args=_kind(list, task.get("args")),
        kwargs=_kind(dict, task.get("kwargs")),
        queue=texts.get("queue", ""),
        priority=texts.get("priority", ""),
        status=texts.get("status", "READY"),
        owner=str(task.get("owner", "")),
        enqueued_at=_datetime(task.get("enqueued")),
        run_after=_datetime(task.get("run_after")),
        started_at=_datetime(texts.get("started")),
        finished_at=_datetime(texts.get("finished")),
        attempts=len(workers),
        workers=workers,
        result=_json(texts.get("result")),
        progress=_kind(dict, _json(texts.get("progress"))),
        errors=[_kind(dict, _json(line)) for line in texts.get("errors", "").split("\n")[:-1]],
    )


def _json(text: str | None) -> Any:
    try:
        return payload.loads(text) if text else None
    except ValueError:
        return None


def _kind(kind: type, value: Any) -> Any:
    return value if isinstance(value, kind) else kind()


def _datetime(seconds: Any) -> datetime | None:
    try:
        return to_datetime(seconds)
    except (TypeError, ValueError, OverflowError):
        return None
