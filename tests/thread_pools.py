"""Thread pools whose threads keep a database connection each."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

SECONDS = 30


def close_connections(pool: ThreadPoolExecutor, threads: int) -> None:
    """Closes the connections of all threads of a pool of that size."""
    barrier = threading.Barrier(threads)
    list(pool.map(close_connection, [barrier] * threads))


def close_connection(barrier: threading.Barrier) -> None:
    connections.close_all()
    barrier.wait(SECONDS)
