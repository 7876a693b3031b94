"""Tasks that misbehave in every way, each with a name."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from tasks import task

SURROGATE = "half a pair: \ud83d"


class Mute(Exception):
    """An exception whose text fails."""

    def __str__(self):
        raise SystemExit("no text")

    __repr__ = __str__

    def __reduce__(self):
        raise KeyError


class Secretive(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__", "__module__"):
            raise ZeroDivisionError
        return super().__getattribute__(name)


class Nameless(Exception, metaclass=Secretive):
    pass


class Changeling(Exception):
    @property
    def __class__(self):
        raise GeneratorExit


class Loop(Exception):
    """An exception that is its own cause."""

    @property
    def __cause__(self):
        return self


class Never(BaseException):
    pass


def odd(name: str, module: Any) -> type[Exception]:
    return type(name, (Exception,), {"__module__": module})


def chained(length: int) -> Exception:
    first = error = ValueError("the last of many")
    for number in range(length):
        error.__context__ = ValueError(number)
        error = error.__context__
    return first


def circular() -> Exception:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    return one


def group(depth: int) -> Exception:
    error: Exception = ValueError("innermost")
    for _ in range(depth):
        error = ExceptionGroup("group", [error])
    return error


ERRORS: dict[str, Callable[[], BaseException]] = {
    "surrogate": lambda: ValueError(SURROGATE),
    "surrogates in a nested error": lambda: ExceptionGroup(SURROGATE, [ValueError(SURROGATE)]),
    "nul": lambda: ValueError("\0"),
    "long": lambda: ValueError("x" * 10_000_000),
    "long and not ASCII": lambda: ValueError("🐇" * 1_000_000),
    "many arguments": lambda: ValueError(*range(100_000)),
    "mute": Mute,
    "nameless": Nameless,
    "changeling": Changeling,
    "loop": Loop,
    "circular": circular,
    "chain": lambda: chained(10_000),
    "groups in groups": lambda: group(5_000),
    "group of many": lambda: ExceptionGroup("many", [ValueError(n) for n in range(20_000)]),
    "surrogate in the class": lambda: odd(SURROGATE, SURROGATE)(),
    "long class": lambda: odd("x" * 1_000_000, "y" * 1_000_000)(),
    "module is a number": lambda: odd("Odd", 7)(),
    "module is None": lambda: odd("Odd", None)(),
    "system exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
    "generator exit": GeneratorExit,
    "cancelled": asyncio.CancelledError,
    "stop iteration": StopIteration,
    "base exception": Never,
    "memory": MemoryError,
    "unicode": lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, SURROGATE),
    "syntax": lambda: SyntaxError("no", ("a\ud800.py", 1, 10**9, "\ud800" * 10, 1, -5)),
    "syntax with nonsense": lambda: SyntaxError("no", (b"file", "line", 1.5, 7)),
    "notes": lambda: noted(SURROGATE),
    "notes of another type": lambda: noted(7),
}


def noted(note: Any) -> Exception:
    error = ValueError("noted")
    error.__notes__ = [note]
    return error


def circular_list() -> list:
    value: list = []
    value.append(value)
    return value


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def shared(depth: int) -> list:
    """Returns two to the power of `depth` elements in little memory."""
    value: list = []
    for _ in range(depth):
        value = [value, value]
    return value


class Text(str):
    def __eq__(self, other):
        raise SystemExit

    __hash__ = str.__hash__


VALUES: dict[str, Callable[[], Any]] = {
    "set": lambda: {1},
    "object": object,
    "class": lambda: Nameless,
    "circular list": circular_list,
    "deep": lambda: nested(100_000),
    "shared": lambda: shared(60),
    "subclass of str": lambda: Text("x"),
    "subclass of str as key": lambda: {Text("x"): 1},
    "10,000 digits": lambda: 10**10_000,
    "65 bits": lambda: 1 << 64,
    "not a number": lambda: float("nan"),
    "infinity": lambda: [1, {"a": float("-inf")}],
    "surrogate": lambda: [SURROGATE],
    "surrogate as key": lambda: {SURROGATE: 1},
    "int as key": lambda: {1: "one"},
    "bytes": lambda: b"bytes",
    "too large": lambda: "x" * (1 << 20),
    "generator": lambda: (number for number in range(3)),
}


def standard_files() -> None:
    for number in (0, 1, 2):
        os.close(number)


def python_files() -> None:
    sys.stderr.close()
    sys.stdout.close()


def bad_log() -> None:
    logging.getLogger("tests").error("%d %s", "no number")
    logging.getLogger(SURROGATE).error(SURROGATE, extra={"task": object()})
    logging.getLogger("tests").error("extra", extra={"task": {"a": object()}})
    logging.getLogger("tests").error("text", exc_info=(Mute, Mute(), None))


def deep_recursion() -> None:
    deep_recursion()


def environment() -> None:
    os.environ.clear()
    os.chdir("/")


def thread_that_fails() -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()


DEEDS: dict[str, Callable[[], None]] = {
    "closes standard files": standard_files,
    "closes Python's files": python_files,
    "logs badly": bad_log,
    "recursion": deep_recursion,
    "environment": environment,
    "thread": thread_that_fails,
}


@task
def fail(name: str):
    raise ERRORS[name]()


@task
async def fail_async(name: str):
    raise ERRORS[name]()


@task(max_attempts=2)
def fail_twice(name: str):
    raise ERRORS[name]()


@task
def answer(name: str):
    return VALUES[name]()


@task(takes_context=True)
def report(context, name: str):
    context.progress(VALUES[name]())


@task
def do(name: str):
    DEEDS[name]()


@task
def standard_files_are():
    return [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]


@task(max_attempts=1)
def fail_with(text: str, kind: str, module: str):
    raise type(kind, (Exception,), {"__module__": module})(text)


COMES_BACK: dict[str, Callable[[], Any]] = {
    "returns": lambda: "child",
    "raises": lambda: 1 / 0,
    "exits": lambda: sys.exit(0),
    "returns what is refused": object,
}


@task(max_attempts=2)
def fork(how: str):
    """Forks: the child returns first, and the parent returns the child's exit code."""
    child = os.fork()
    if not child:
        return COMES_BACK[how]()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
