from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import payload
from .payload import to_datetime


@dataclass(slots=True)
class Snapshot:
    """A task read from its record in Redis, without importing its function. A field that cannot be
    read stays empty. Without a status the task does not exist."""

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
    workers: list[str] = field(default_factory=list)
    result: Any = None
    progress: dict = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def call(self) -> str:
        """Returns the call in Python syntax: export_room(7, format='html')"""
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
    def attempts(self) -> int:
        return len(self.workers)

    @property
    def last_error(self) -> str:
        """Returns the last line of the last traceback."""
        error = self.errors[-1] if self.errors else {}
        return str(error.get("traceback", "")).strip().rpartition("\n")[2]

    @property
    def is_finished(self) -> bool:
        return self.status in ("SUCCESSFUL", "FAILED")

    def matches(self, text: str) -> bool:
        return text.lower() in f"{self.id} {self.function}".lower()


def from_fields(id: str, fields: dict[bytes, bytes]) -> Snapshot:
    if not fields:
        return Snapshot(id)
    texts = {name.decode(): value.decode(errors="replace") for name, value in fields.items()}
    return Snapshot(id, **_call(_dict(texts, "task")), **_state(texts))


def _call(task: dict[str, Any]) -> dict[str, Any]:
    return {
        "function": str(task.get("path", "")),
        "args": _typed(list, task.get("args")),
        "kwargs": _typed(dict, task.get("kwargs")),
        "owner": str(task.get("owner", "")),
        "enqueued_at": _datetime(task.get("enqueued")),
        "run_after": _datetime(task.get("run_after")),
    }


def _state(texts: dict[str, str]) -> dict[str, Any]:
    return {
        "queue": texts.get("queue", ""),
        "priority": texts.get("priority", ""),
        "status": texts.get("status", "READY"),
        "started_at": _datetime(texts.get("started")),
        "finished_at": _datetime(texts.get("finished")),
        "workers": texts.get("workers", "").split(),
        "result": _json(texts.get("result")),
        "progress": _dict(texts, "progress"),
        "errors": [_typed(dict, _json(line)) for line in texts.get("errors", "").split("\n")[:-1]],
    }


def _dict(texts: dict[str, str], name: str) -> dict[str, Any]:
    return _typed(dict, _json(texts.get(name)))


def _json(text: str | None) -> Any:
    try:
        return payload.loads(text) if text else None
    except ValueError:
        return None


def _typed(kind: type, value: Any) -> Any:
    return value if isinstance(value, kind) else kind()


def _datetime(seconds: Any) -> datetime | None:
    try:
        return to_datetime(seconds)
    except (TypeError, ValueError, OverflowError):
        return None
