"""Threads that keep a connection to the database each."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

SECONDS = 30


def close_connections(pool: ThreadPoolExecutor, threads: int) -> None:
    """Of all threads of the pool, which has so many."""
    barrier = threading.Barrier(threads)
    list(pool.map(close_connection, [barrier] * threads))


def close_connection(barrier: threading.Barrier) -> None:
    connections.close_all()
    barrier.wait(SECONDS)
