"""The backends under test, with what the suite uses of Django's own backends: `results` and
`clear` of DummyBackend, and ImmediateBackend's way to run a task when it is queued."""

from queueing import results
from queueing.backend import RedisQueueBackend
from queueing.testing import InMemoryBackend, run_all


class RedisBackend(RedisQueueBackend):
    def clear(self):
        self.broker.client.flushdb()

    @property
    def results(self):
        prefix = f"{self.broker.tag}task:"
        keys = self.broker.client.scan_iter(match=f"{prefix}*")
        return [results.get(key.decode().removeprefix(prefix), self.alias) for key in keys]


class Immediate:
    def enqueue(self, task, args, kwargs):
        result = super().enqueue(task, args, kwargs)
        run_all(self.alias)
        result.refresh()
        return result


class ImmediateRedisBackend(Immediate, RedisBackend):
    pass


class ImmediateMemoryBackend(Immediate, InMemoryBackend):
    pass


BACKENDS = {
    "redis": (RedisBackend, ImmediateRedisBackend),
    "memory": (InMemoryBackend, ImmediateMemoryBackend),
}
