"""Sends commands to Redis without redis-py's client, which needs more time for a command than Redis
needs for most scripts. redis-py still connects, packs and parses."""

import functools
import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import redis

Command = Sequence[Any]


@functools.cache
def executor(client: redis.Redis) -> Callable[[Sequence[Command]], list[Any]]:
    """Returns a function that sends commands and returns the replies: execute([("GET", "key")]). It
    raises redis.RedisError. A cluster's client has to choose the node, so it sends the commands
    itself."""
    pool = getattr(client, "connection_pool", None)
    if pool:
        return RawClient(pool).execute
    return lambda commands: [client.execute_command(*command) for command in commands]


class RawClient:
    """Reuses the connections that it gets from a pool. One thread uses a connection at a time."""

    def __init__(self, pool: Any) -> None:
        self.pool, self.idle = pool, deque[Any]()
        os.register_at_fork(after_in_child=self.idle.clear)

    def execute(self, commands: Sequence[Command]) -> list[Any]:
        """Sends all commands in one round trip, and raises the first error after all replies have
        arrived. If the connection breaks, it connects and sends all again, as often as the pool's
        `retry` allows."""
        connection = self._acquire()
        try:
            return connection.retry.call_with_retry(
                lambda: _execute(connection, commands), lambda error: connection.disconnect()
            )
        except (redis.ResponseError, redis.DataError):
            raise
        except BaseException:  # such as Ctrl-C: replies may still arrive
            connection.disconnect()
            raise
        finally:
            self.idle.append(connection)

    def _acquire(self) -> Any:
        try:
            return self.idle.pop()
        except IndexError:
            return self.pool.get_connection()


def _execute(connection: Any, commands: Sequence[Command]) -> list[Any]:
    if not connection.is_connected:
        connection.connect()  # a connection of Sentinel asks for the address of the master
    packed = [connection.pack_command(*command) for command in commands]
    for part in packed:
        connection.send_packed_command(part)
    replies = [_read_reply(connection) for _ in packed]
    for reply in replies:
        if isinstance(reply, redis.ResponseError):
            raise reply
    return replies


def _read_reply(connection: Any) -> Any:
    try:
        return connection.read_response(disconnect_on_error=True)
    except redis.ResponseError as error:
        return error
