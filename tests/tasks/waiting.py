"""Waits for other threads and processes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.dispatch import Signal

DEADLINE_SECONDS = 30


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {DEADLINE_SECONDS} s.")
        time.sleep(0.01)


def finished(*results) -> None:
    def are() -> bool:
        for result in results:
            if not result.is_finished:
                result.refresh()
        return all(result.is_finished for result in results)

    until(are)


@contextmanager
def receiving(signal: Signal, receiver: Callable[..., None]) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)
