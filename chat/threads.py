"""Threads with database connections of their own for the event loop's queries.

asgiref's shared thread would make every query of every socket wait for each other, and Channels'
wrapper opens the database anew at each call.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connections

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4

reading = ThreadPoolExecutor(READERS, thread_name_prefix="chat-read")
writing = ThreadPoolExecutor(1, thread_name_prefix="chat-write")


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(reading, lambda: call(function, *args, **kwargs))


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
