from django_tasks.backends.immediate import ImmediateBackend


class RedisQueueBackend(ImmediateBackend): ...
