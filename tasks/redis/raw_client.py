"""Commands to Redis past redis-py's client, whose way around each of them takes longer than Redis
takes for most scripts. Connecting, packing and parsing stay redis-py's."""

import functools
import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import redis

Command = Sequence[Any]


@functools.cache
def asker(client: redis.Redis) -> Callable[[Sequence[Command]], list[Any]]:
    """A function that sends commands and answers as Redis does: ask([("GET", "key")]). It raises
    redis.RedisError. A cluster's client, which must choose the node first, is asked itself."""
    pool = getattr(client, "connection_pool", None)
    if pool:
        return Link(pool).ask
    return lambda commands: [client.execute_command(*command) for command in commands]


class Link:
    """Connections of a pool that it keeps, each used by one thread at a time."""

    def __init__(self, pool: Any) -> None:
        self.pool, self.idle = pool, deque[Any]()
        os.register_at_fork(after_in_child=self.idle.clear)

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """In one round trip; an error of one is raised when all are answered. A connection that
        broke is made anew and all are repeated, as the client's `retry` has it."""
        connection = self._take()
        try:
            return connection.retry.call_with_retry(
                lambda: _ask(connection, commands), lambda error: connection.disconnect()
            )
        except (redis.ResponseError, redis.DataError):
            raise
        except BaseException:  # Ctrl-C among them: what was asked is not answered yet
            connection.disconnect()
            raise
        finally:
            self.idle.append(connection)

    def _take(self) -> Any:
        try:
            return self.idle.pop()
        except IndexError:
            return self.pool.get_connection()


def _ask(connection: Any, commands: Sequence[Command]) -> list[Any]:
    if not connection.is_connected:
        connection.connect()  # Sentinel's asks where the master is now
    packed = [connection.pack_command(*command) for command in commands]
    for some in packed:
        connection.send_packed_command(some)
    answers = [_answer(connection) for _ in packed]
    for answer in answers:
        if isinstance(answer, redis.ResponseError):
            raise answer
    return answers


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response(disconnect_on_error=True)
    except redis.ResponseError as error:
        return error
