"""Describes an exception for a record: short, and valid UTF-8, even if the exception's own code
fails."""

import traceback
from collections.abc import Callable, Iterator
from itertools import islice
from types import FrameType
from typing import NamedTuple

from ..redis import payload

TRACEBACK_CHARACTERS = 50_000
NAME_CHARACTERS = 300
LINE_CHARACTERS = 500
LINKED = 20  # maximum of linked exceptions
CAUSE = "The above exception was the direct cause of the following exception:\n"
CONTEXT = "During handling of the above exception, another exception occurred:\n"


class Failure(NamedTuple):
    exception_class_path: str
    traceback: str
    line: str
    """Type and message, for a log."""

    @property
    def record(self) -> bytes:
        return payload.dumps(
            {"exception_class_path": self.exception_class_path, "traceback": self.traceback}
        )


INDESCRIBABLE = Failure(
    "builtins.Exception", "The exception cannot be described.\n", "an exception without description"
)


def describe(error: BaseException, trace: str = "") -> Failure:
    """Describes an exception. Never raises. `trace` replaces the traceback of an error that was
    never raised."""
    try:
        path = _clean(_class_path(type(error)), NAME_CHARACTERS)
        line = _line(error)
        trace = trace or _safely(lambda: _trace(error), f"{_frames(error)}{line}\n")
        line = _clean(line, LINE_CHARACTERS).replace("\n", " ")
        return Failure(path, _clean(trace, TRACEBACK_CHARACTERS), line)
    except BaseException:  # out of memory, for example
        return INDESCRIBABLE


def stack(frame: FrameType | None) -> str:
    """Returns the calls of a frame; empty if they are unknown."""
    return _safely(lambda: "".join(traceback.format_stack(frame)), "") if frame else ""


def _trace(error: BaseException) -> str:
    """Returns the traceback as Python prints it, of a long chain of exceptions only the last
    ones."""
    links = list(islice(_links(error), LINKED + 1))
    if len(links) <= LINKED:
        return "".join(traceback.format_exception(error))
    texts = [f"{_frames(one)}{_line(one)}\n{how}" for one, how in reversed(links)]
    return "… and the exceptions before these\n\n" + "\n".join(texts)


def _links(error: BaseException | None) -> Iterator[tuple[BaseException, str]]:
    """Yields the linked exceptions, the last first, each with the sentence that links it to the
    next one."""
    seen: set[int] = set()
    how = ""
    while error is not None and id(error) not in seen:
        yield error, how
        seen.add(id(error))
        if error.__cause__ is not None:
            error, how = error.__cause__, CAUSE
        else:
            error, how = None if error.__suppress_context__ else error.__context__, CONTEXT


def _frames(error: BaseException) -> str:
    return _safely(lambda: "".join(traceback.format_tb(error.__traceback__)), "")


def _line(error: BaseException) -> str:
    name = _class_path(type(error)).removeprefix("builtins.")
    text = _safely(lambda: str(error), "its message cannot be read")
    return f"{name}: {text}" if text else name


def _class_path(kind: type) -> str:
    module = _safely(lambda: kind.__module__, "")
    return f"{module}.{payload.type_name(kind)}" if type(module) is str else "?"


def _safely(text: Callable[[], str], instead: str) -> str:
    try:
        return text()
    except BaseException:  # runs code of the exception, which may do anything
        return instead


def _clean(text: str, most: int) -> str:
    if len(text) > most:
        left_out = f"\n… {len(text) - most:,} characters left out …\n"
        text = text[: most // 2] + left_out + text[-most // 2 :]
    return text.encode(errors="backslashreplace").decode()
