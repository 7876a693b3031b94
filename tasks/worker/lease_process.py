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
from tasks.redis.outage import ERRORS
from tasks.redis.queue import Queue

KEEP_SECONDS = 2.0
OVERDUE_SECONDS = 2.0  # after a timeout that the worker itself should have noticed
STUCK_SECONDS = 60  # with a lock that a thread of the worker held when this process began
ROW = struct.Struct("qd")  # number of a slot (0: none), its deadline by time.monotonic (0: none)


class Keeper:
    """Renews while the worker lives and is not stopped (SIGSTOP), but not for a slot whose task is
    over its timeout. It gives the leases up and ends when the worker dies. A worker without it
    goes on."""

    def __init__(self, queue: Queue, worker: str, slots: int) -> None:
        self.queue, self.worker, self.pid = queue, worker, 0
        self.table = mmap.mmap(-1, slots * ROW.size)  # both processes see it

    def set_deadline(self, place: int, number: int, seconds: float) -> None:
        """Of the slot at that place, as time.monotonic counts; 0 for none."""
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
                self._live(worker)

    def see_to(self) -> None:
        """Start it again if something has ended it."""
        if not self._exists():
            self.start()

    def stop(self) -> None:
        if self._exists():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)

    def _exists(self) -> bool:
        with suppress(ChildProcessError):  # a task that waits for all children took its end away
            return self.pid > 0 and os.waitpid(self.pid, os.WNOHANG) == (0, 0)
        return False

    def _live(self, worker: int) -> NoReturn:
        """The life of the process."""
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the worker still has its grace
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            gc.disable()
            end = _end_of(worker)
            while os.getppid() == worker and not end.poll(KEEP_SECONDS * 1000):
                signal.alarm(STUCK_SECONDS)
                if not _is_stopped(worker):
                    self._keep(self._slots(time.monotonic()))
            self._keep(self._slots(), 0)
        except BaseException:
            logger.exception("The process that renews the leases of %s ends", self.worker)
        finally:
            os._exit(0)

    def _keep(self, slots: Sequence[str], *seconds: float) -> None:
        with suppress(*ERRORS):  # next time
            if slots:
                self.queue.keep(self.worker, slots, *seconds)

    def _slots(self, now: float = 0.0) -> list[str]:
        """The ids of those whose tasks are not over their timeouts."""
        return [
            f"{self.worker}.{number}"
            for number, deadline in ROW.iter_unpack(self.table[:])
            if number and (not deadline or now <= deadline + OVERDUE_SECONDS)
        ]


def _end_of(process: int) -> select.poll:
    """To be polled: it is ready when the process has ended, or never where the system cannot tell.
    Not a pipe, which a task can close, and which a process that it forks holds open."""
    end = select.poll()
    with suppress(AttributeError, OSError):  # not a Linux, or an old one
        end.register(os.pidfd_open(process), select.POLLIN)
    return end


def _is_stopped(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False  # not a Linux
    return status.rpartition(")")[2].split()[0] == "T"
