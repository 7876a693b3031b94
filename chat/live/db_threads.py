"""Threads with database connections of their own for the event loop's queries.

asgiref's shared thread would make every query of every socket wait for each other, and Channels'
wrapper opens the database anew at each call.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from presence.batches import batched

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
KEYS_PER_QUERY = 10_000

reading = ThreadPoolExecutor(READERS, thread_name_prefix="chat-read")
writing = ThreadPoolExecutor(1, thread_name_prefix="chat-write")


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(reading, lambda: call(function, *args, **kwargs))


async def read_parts(query: Callable[[list[Any]], Iterable[T]], keys: Iterable[Any]) -> list[T]:
    """The rows of all keys, asked for KEYS_PER_QUERY at a time."""
    rows: list[T] = []
    for part in batched(keys, KEYS_PER_QUERY):
        rows += await read(rows_of, query, part)
    return rows


def rows_of(query: Callable[[list[Any]], Iterable[T]], keys: list[Any]) -> list[T]:
    return list(query(keys))


async def write(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(writing, lambda: call(function, *args, **kwargs))


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """After a failure of the database the thread's connection is made anew."""
    try:
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError):
        connections.close_all()
        raise
