"""Runs the event loop's queries in threads that keep their database connections.

asgiref's shared thread would make all queries of all sockets wait for each other, and Channels'
wrapper opens a new database connection at each call.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from presence.batches import batched

P = ParamSpec("P")
T = TypeVar("T")

POOL_THREADS = 4
KEYS_PER_QUERY = 10_000

pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="chat-pool")
writer_pool = ThreadPoolExecutor(1, thread_name_prefix="chat-writer")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs `function` in one of POOL_THREADS threads."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, lambda: call(function, *args, **kwargs))


async def run_in_writer(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs `function` in the one thread that writes posts."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(writer_pool, lambda: call(function, *args, **kwargs))


async def fetch_all(query: Callable[[list[Any]], Iterable[T]], keys: Iterable[Any]) -> list[T]:
    """Returns the rows of all keys. Each query gets at most KEYS_PER_QUERY of them."""
    rows: list[T] = []
    for part in batched(keys, KEYS_PER_QUERY):
        rows += await run(fetch, query, part)
    return rows


def fetch(query: Callable[[list[Any]], Iterable[T]], keys: list[Any]) -> list[T]:
    return list(query(keys))


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls `function`. After a database error, closes the thread's connection."""
    try:
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError):
        connections.close_all()
        raise
