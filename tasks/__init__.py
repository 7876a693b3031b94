"""A task queue on Redis for Django's Tasks API: `from tasks import task`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .decorator import task
    from .queue_task import QueueTask, QueueTaskContext, QueueTaskResult

__all__ = ["QueueTask", "QueueTaskContext", "QueueTaskResult", "task"]


def __getattr__(name: str) -> Any:
    """Imports a name when it is used: Django imports this package before its settings are ready."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".decorator", __name__), name)
