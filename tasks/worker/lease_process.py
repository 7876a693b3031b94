"""Renews the leases of a worker from a second process: a call in C may block all threads of the
worker for longer than a lease."""

import gc
import mmap
import os
import select
import signal
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ..logger import logger
from ..redis.broker import RedisBroker
from ..redis.client import ERRORS

RENEW_SECONDS = 2.0
OVERDUE_SECONDS = 2.0  # after a timeout; the worker should have ended the task before
STUCK_SECONDS = 60  # blocked by a lock that a thread of the worker had at the fork
ROW = struct.Struct("qd")  # number of a slot (0: none), its deadline by time.monotonic (0: none)


class LeaseProcess:
    """Renews the leases while the worker lives and is not stopped (SIGSTOP), except of a slot whose
    task is over its timeout. It ends the leases and itself when the worker dies. If it cannot
    start, the worker continues without it."""

    def __init__(self, broker: RedisBroker, worker: str, slots: int) -> None:
        self.broker, self.worker, self.pid = broker, worker, 0
        self.table = mmap.mmap(-1, slots * ROW.size)  # shared by both processes

    def set_deadline(self, place: int, number: int, seconds: float) -> None:
        """Sets the deadline of the task in the slot at that place, by time.monotonic; 0 for
        none."""
        ROW.pack_into(self.table, place * ROW.size, number, seconds)

    def start(self) -> None:
        gc.collect()
        gc.freeze()  # a later collection would touch, and so copy, the shared memory
        worker, self.pid = os.getpid(), 0
        try:
            self.pid = os.fork()
        except OSError as error:
            logger.warning(
                "%s cannot start the process that renews its leases: %s", self.worker, error
            )
        else:
            if not self.pid:
                self._main(worker)

    def restart_if_ended(self) -> None:
        if not self._is_alive():
            self.start()

    def stop(self) -> None:
        if self._is_alive():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)

    def _is_alive(self) -> bool:
        with suppress(ChildProcessError):  # a task has waited for all children, including this one
            return self.pid > 0 and os.waitpid(self.pid, os.WNOHANG) == (0, 0)
        return False

    def _main(self, worker: int) -> NoReturn:
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the worker may still finish its tasks
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            gc.disable()
            exited = _exit_of(worker)
            while os.getppid() == worker and not exited.poll(RENEW_SECONDS * 1000):
                signal.alarm(STUCK_SECONDS)
                if not _is_stopped(worker):
                    self._renew(self._slots(time.monotonic()))
            self._renew(self._slots(), 0)
        except BaseException:
            logger.exception("The process that renews the leases of %s ends", self.worker)
        finally:
            os._exit(0)

    def _renew(self, slots: Sequence[str], *seconds: float) -> None:
        with suppress(*ERRORS):  # next time
            if slots:
                self.broker.renew(self.worker, slots, *seconds)

    def _slots(self, now: float = 0.0) -> list[str]:
        """Returns the ids of the slots whose tasks are not over their timeouts."""
        return [
            f"{self.worker}.{number}"
            for number, deadline in ROW.iter_unpack(self.table[:])
            if number and (not deadline or now <= deadline + OVERDUE_SECONDS)
        ]


def _exit_of(process: int) -> select.poll:
    """Returns a poll that is ready when the process has ended; if the system has no such poll, it
    is never ready. A pipe does not work: a task can close it, and a process that the task forks
    keeps it open."""
    exited = select.poll()
    with suppress(AttributeError, OSError):  # not Linux, or an old version
        exited.register(os.pidfd_open(process), select.POLLIN)
    return exited


def _is_stopped(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False  # not a Linux
    return status.rpartition(")")[2].split()[0] == "T"
