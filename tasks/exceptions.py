from .api import TaskException


class QueueUnavailable(TaskException):
    """The task was not queued: Redis did not respond, or refused it."""


class TaskTooLarge(TaskException):
    """Arguments or a return value of more than payload.MAX_BYTES."""


class UnknownTask(TaskException):
    """The record names a function that cannot be imported here, or that is not a task."""


class TaskCorrupt(TaskException):
    """The record in Redis cannot be read."""


class TaskTimeout(TaskException):
    """The task ran longer than its `timeout`."""


class TaskCancelled(TaskException):
    """The task was removed from its queue before it ran."""


class WorkerLost(TaskException):
    """The workers of all attempts ended while they ran the task."""
