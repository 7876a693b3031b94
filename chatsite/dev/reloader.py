"""Django's autoreloader with its threads swapped: here the server has the main thread.

So it stops in order, with its sockets told and what is in flight finished, at a signal and at a
change of code alike; under Django's own, both cut it off.
"""

import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from django.core.management import CommandError
from django.utils import autoreload

CHANGED = 3  # Django's exit code for: the code has changed, start me again


def run_children() -> NoReturn:
    """Runs this same command as a child, again whenever the code has changed."""
    child: subprocess.Popen[bytes] | None = None
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if child:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal sends it to the child as well
    while True:
        child = subprocess.Popen(  # noqa: S603
            autoreload.get_child_arguments(),
            env={**os.environ, autoreload.DJANGO_AUTORELOAD_ENV: "true"},
        )
        if stopping:
            child.terminate()
        code = child.wait()
        if stopping or code != CHANGED:
            sys.exit(code)


def run_child(main: Callable[[], None]) -> NoReturn:
    """Runs `main` until it ends, is told to, or the code has changed."""
    changed = threading.Event()
    threading.Thread(target=watch, args=[changed], daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    code: str | int | None = 0
    try:
        run_until_changed(main)
    except KeyboardInterrupt:
        pass
    except SystemExit as exit:
        code = exit.code
    if changed.is_set():
        code = CHANGED
    elif code == CHANGED:  # uvicorn's code for a failed start is the same number
        code = 1
    sys.exit(code)


def run_until_changed(main: Callable[[], None]) -> None:
    """Code that does not start is reported, and waited for: the next change may mend it."""
    try:
        autoreload.raise_last_exception()
        autoreload.check_errors(main)()  # remembers the broken file, so that it is watched too
    except CommandError as error:
        print(error, file=sys.stderr)
        signal.pause()
    except Exception:
        traceback.print_exc()
        signal.pause()


def watch(changed: threading.Event) -> None:
    finished = threading.Thread()  # the reloader waits for Django's setup, which is over by now
    try:
        autoreload.get_reloader().run(finished)
    except SystemExit:
        changed.set()
        os.kill(os.getpid(), signal.SIGTERM)
