"""A process next to each worker that renews its leases while the worker cannot: a call in C may
keep all threads of a process from running for longer than a lease."""

import gc
import mmap
import os
import select
import signal
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tasks.outage import ERRORS
from tasks.queue import Queue
from tasks.tough_logger import logger

KEEP_SECONDS = 2.0
OVERDUE_SECONDS = 2.0  # after a timeout that the worker itself should have noticed
STUCK_SECONDS = 60  # with a lock that a thread of the worker held when this process began
DEADLINE = struct.Struct("d")


class Keeper:
    """Renews while the worker lives, is not stopped (SIGSTOP), and no task is over its timeout. It
    gives the leases up and ends when the worker dies. A worker without it goes on."""

    def __init__(self, queue: Queue, worker: str, slots: int) -> None:
        self.queue, self.worker = queue, worker
        self.deadlines = mmap.mmap(-1, slots * DEADLINE.size)  # of time.monotonic; 0: none
        self.pid, self.pipe = 0, -1

    def set_deadline(self, place: int, seconds: float) -> None:
        """Of the slot at that place, as time.monotonic counts; 0 for none."""
        DEADLINE.pack_into(self.deadlines, place * DEADLINE.size, seconds)

    def start(self) -> None:
        gc.collect()
        gc.freeze()  # a later collection would touch, and so copy, what both processes share
        ours, self.pipe = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.pipe)
            self._live(ours, parent)
        os.close(ours)

    def see_to(self) -> None:
        """Start it again if something has ended it."""
        with suppress(ChildProcessError):  # a task that waits for all children took its end away
            if self.pid and os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                return
        self._close()
        self.start()

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self._close()

    def _close(self) -> None:
        with suppress(OSError):  # a task may have closed it
            os.close(self.pipe)

    def _live(self, pipe: int, parent: int) -> NoReturn:
        """The life of the process."""
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the worker still has its grace
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            gc.disable()
            while not select.select([pipe], [], [], KEEP_SECONDS)[0] and os.getppid() == parent:
                signal.alarm(STUCK_SECONDS)
                if self._works(parent):
                    self._keep()
            self._keep(0)
        except BaseException:
            logger.exception("The process that renews the leases of %s ends", self.worker)
        finally:
            os._exit(0)

    def _keep(self, *seconds: float) -> None:
        with suppress(*ERRORS):  # next time
            self.queue.keep(self.worker, *seconds)

    def _works(self, worker: int) -> bool:
        deadlines = [one for (one,) in DEADLINE.iter_unpack(self.deadlines[:]) if one]
        if deadlines and time.monotonic() > min(deadlines) + OVERDUE_SECONDS:
            return False
        try:
            status = Path(f"/proc/{worker}/stat").read_text()
        except OSError:
            return True  # not a Linux
        return status.rpartition(")")[2].split()[0] != "T"
