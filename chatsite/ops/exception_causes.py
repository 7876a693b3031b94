"""Reads the causes of an exception without running its own code, which may do anything."""

from collections.abc import Iterator
from typing import Any

CAUSES_MAX = 20  # they may form a circle
_cause_slot: Any = vars(BaseException)["__cause__"]


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yields the exception, then its cause, and so on."""
    for _ in range(CAUSES_MAX):
        if error is None:
            return
        yield error
        error = cause_of(error)


def cause_of(error: BaseException) -> BaseException | None:
    cause: BaseException | None = _cause_slot.__get__(error)
    return cause
