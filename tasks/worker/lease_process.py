"""A process next to each worker that renews its leases while the worker cannot: a call in C may
keep all threads of a process from running for longer than a lease."""

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

from tasks.logger import logger
from tasks.redis.client import ERRORS
from tasks.redis.queue import RedisQueue

RENEW_SECONDS = 2.0
OVERDUE_SECONDS = 2.0  # after a timeout at which the worker itself should have ended the task
STUCK_SECONDS = 60  # by a lock that a thread of the worker held when this process began
ROW = struct.Struct("qd")  # number of a slot (0: none), its deadline by time.monotonic (0: none)


class LeaseProcess:
    """Renews while the worker lives and is not stopped (SIGSTOP), but not for a slot whose task is
    over its timeout. It ends the leases and itself when the worker dies. If it cannot start, the
    worker goes on without it."""

    def __init__(self, queue: RedisQueue, worker: str, slots: int) -> None:
        self.queue, self.worker, self.pid = queue, worker, 0
        self.table = mmap.mmap(-1, slots * ROW.size)  # both processes share it

    def set_deadline(self, place: int, number: int, seconds: float) -> None:
        """Of the task in the slot at that place, as time.monotonic counts; 0 for none."""
        ROW.pack_into(self.table, place * ROW.size, number, seconds)

    def start(self) -> None:
        gc.collect()
        gc.freeze()  # a later collection would touch, and so copy, what both processes share
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
        with suppress(ChildProcessError):  # a task waited for all children, and for this one too
            return self.pid > 0 and os.waitpid(self.pid, os.WNOHANG) == (0, 0)
        return False

    def _main(self, worker: int) -> NoReturn:
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the worker still has its grace
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
                self.queue.renew(self.worker, slots, *seconds)

    def _slots(self, now: float = 0.0) -> list[str]:
        """Returns the ids of those whose tasks are not over their timeouts."""
        return [
            f"{self.worker}.{number}"
            for number, deadline in ROW.iter_unpack(self.table[:])
            if number and (not deadline or now <= deadline + OVERDUE_SECONDS)
        ]


def _exit_of(process: int) -> select.poll:
    """Returns a poll that is ready when the process has ended, or never if the system has no such
    poll. Not a pipe, which a task can close, and which a process that it forks holds open."""
    exited = select.poll()
    with suppress(AttributeError, OSError):  # not a Linux, or an old one
        exited.register(os.pidfd_open(process), select.POLLIN)
    return exited


def _is_stopped(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False  # not a Linux
    return status.rpartition(")")[2].split()[0] == "T"
