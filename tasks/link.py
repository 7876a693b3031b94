"""Commands to Redis past redis-py's client, whose way around each of them takes longer than Redis
takes for most scripts. Connecting, packing and parsing stay redis-py's."""

import functools
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import redis


@functools.cache
def asker(client: redis.Redis) -> Callable[..., Any]:
    """A function that sends a command and answers as Redis does: ask("GET", "key"). It raises
    redis.RedisError. A cluster's client, which must choose the node first, is asked itself."""
    pool = getattr(client, "connection_pool", None)
    return Link(pool).ask if pool else client.execute_command


class Link:
    """Connections of a pool that it keeps, each used by one thread at a time."""

    def __init__(self, pool: Any) -> None:
        self.pool, self.idle = pool, deque[Any]()
        os.register_at_fork(after_in_child=self.idle.clear)

    def ask(self, *command: Any) -> Any:
        """A connection that broke is made anew and the command repeated, as the client's `retry`
        has it."""
        connection = self._take()

        def once() -> Any:
            if not connection.is_connected:
                connection.connect()  # Sentinel's asks where the master is now
            connection.send_command(*command)
            return connection.read_response(disconnect_on_error=True)

        try:
            return connection.retry.call_with_retry(once, lambda error: connection.disconnect())
        finally:
            self.idle.append(connection)

    def _take(self) -> Any:
        try:
            return self.idle.pop()
        except IndexError:
            return self.pool.get_connection()
