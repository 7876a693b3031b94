"""Tasks for the tests, importable by a worker in another process."""

import asyncio
import ctypes
import os
import pathlib
import signal
import threading
import time

from django.contrib.auth import get_user_model
from django.db import connections

from tasks import task

entered = threading.Event()
counted = threading.Event()
opened = threading.Event()  # lets a test block a task for any time


@task
def add(a, b):
    return a + b


@task
async def add_async(a, b):
    return a + b


sums: list = []


@task
def add_later(a, b):
    """Queues another task, which records the sum."""
    record_sum.enqueue(a, b)


@task
def record_sum(a, b):
    sums.append(a + b)


@task(takes_context=True)
def attempt(context):
    return context.attempt


@task(takes_context=True)
async def whoami(context):
    return [context.task_result.id, context.task_result.task.name, str(context.task_result.status)]


@task
def fail(message="no"):
    raise ValueError(message)


@task
def echo(value=None, named=None, **_):
    return [value, named]


@task
def fail_because():
    try:
        raise KeyError("cause")
    except KeyError as error:
        raise ValueError("effect") from error


@task
def not_json():
    return object()


@task
def large(size):
    return "x" * size


@task
def sleep(seconds):
    time.sleep(seconds)
    return seconds


@task
def wait():
    entered.set()
    return opened.wait(10)


@task(takes_context=True)
def count_to(context, total):
    for done in range(total + 1):
        context.progress(done, total, f"{done} of {total}")


@task(takes_context=True)
def fail_half_way(context):
    for done in range(50):
        context.progress(done, 100)
    raise ValueError("half-way")


@task(takes_context=True)
def count_when_open(context):
    entered.set()
    opened.wait(10)
    context.progress(1, 1)
    counted.set()
    return "counted"


@task(max_attempts=3)
def unlucky():
    raise ConnectionError("the line is down")


@task(retry_on=(ConnectionError,))
def picky(kind):
    raise {"connection": ConnectionRefusedError, "value": ValueError}[kind]


@task(max_attempts=2)
def kill_worker():
    os.kill(os.getpid(), signal.SIGKILL)


@task(timeout=0.1)
def slow():
    opened.wait(10)


@task(unique=True)
def only_one(name):
    return name


@task(rate_limit="2/m")
def rare():
    return "done"


@task(ttl=60)
def kept_for_a_minute():
    return "soon forgotten"


@task(ttl=0)
def forgotten():
    return "nobody will know"


@task(on_commit=True)
def after_commit():
    return "committed"


@task
def append(path, text, seconds):
    """Writes a trace that survives the process: one line for each run."""
    time.sleep(seconds)
    with open(path, "a") as file:
        file.write(f"{text}\n")


@task
def hold(path, seconds):
    """Creates a file when it begins."""
    pathlib.Path(path).touch()
    time.sleep(seconds)


@task(takes_context=True)
def stall(context):
    """Hangs at the first attempt. Returns the id of the process that finished."""
    time.sleep(3 if context.attempt == 1 else 0.1)
    return os.getpid()


def hold_gil(seconds):
    """Blocks all threads of the process, like a call in C that does not release the GIL."""
    ctypes.PyDLL(None).sleep(seconds)


@task
def append_without_gil(path, text, seconds):
    with open(path, "a") as file:
        file.write(f"{text}\n")
    hold_gil(seconds)
    return text


@task(takes_context=True, timeout=1)
def stall_without_gil(context):
    """Hangs at the first attempt for much longer than its timeout."""
    if context.attempt == 1:
        hold_gil(60)
    return os.getpid()


@task(timeout=1)
def sleep_over():
    time.sleep(60)


@task
def close_all_files():
    """Closes all files except 0 to 2, like programs that become daemons."""
    os.closerange(3, 1000)
    hold_gil(2)  # so that others could notice


@task(max_attempts=100)
def patient():
    raise OSError


@task(unique=True)
def only_one_fails():
    raise ValueError


@task(max_attempts=1)
def once():
    return "once"


@task(cron="0 * * * *")
def hourly():
    return "an hour has passed"


@task
def leave():
    raise SystemExit(1)


@task
def interrupt():
    raise KeyboardInterrupt


@task(max_attempts=1)
def interrupt_once():
    raise KeyboardInterrupt


@task
def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@task(timeout=0.1)
async def blocking_async():
    """Blocks its event loop, so that it cannot be cancelled."""
    opened.wait(10)


@task(timeout=0.1)
def hang(seconds):
    time.sleep(seconds)


@task(rate_limit="5/s")
def five_a_second():
    return time.time()


@task(unique=True, max_attempts=3)
def only_one_unlucky():
    raise ConnectionError


@task(timeout=0.1)
async def slow_async():
    await asyncio.sleep(10)


@task(timeout=10)
async def own_timeout():
    raise TimeoutError


@task(timeout=0.1, max_attempts=2)
def slow_twice():
    opened.wait(10)


used: list = []


@task
def query():
    used.append(connections["default"])
    return get_user_model().objects.count()
