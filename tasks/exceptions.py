from tasks.api import TaskException


class QueueUnavailable(TaskException):
    """Redis did not answer, or refused the task: it was not queued."""


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
    """Each worker that ran the task ended while it ran."""
