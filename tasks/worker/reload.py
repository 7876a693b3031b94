"""Restarts the worker when the code changes. Django's reloader runs in a thread and the worker in
the main thread, so that it finishes its tasks."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from django.utils import autoreload

from ..logger import logger

LOAD = """
import django; django.setup()
from django.utils.module_loading import autodiscover_modules; autodiscover_modules("tasks", "jobs")
"""


def stop_on_change(stop: Callable[[], None]) -> threading.Event:
    """Calls `stop` and sets the event when the code has changed and can be loaded."""
    changed = threading.Event()
    threading.Thread(target=_wait_for_change, args=[changed, stop], daemon=True).start()
    return changed


def restart() -> NoReturn:
    """Runs the same command in the same process."""
    sys.stdout.flush()
    os.execv(sys.executable, autoreload.get_child_arguments())  # noqa: S606


def _wait_for_change(changed: threading.Event, stop: Callable[[], None]) -> None:
    while not changed.is_set():
        try:
            autoreload.get_reloader().run(threading.main_thread())
        except SystemExit:  # a file has changed
            if _loads():
                changed.set()
                stop()


def _loads() -> bool:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    loading = subprocess.run(  # noqa: S603
        [sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=False
    )
    if loading.returncode:
        last = loading.stderr.strip().rpartition("\n")[2]
        logger.error("The changed code does not load, so the old code still runs: %s", last)
    return not loading.returncode
