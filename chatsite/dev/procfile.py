"""The parts of a Procfile side by side, run by honcho, each line under the name of its part."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import SIGNALS, Manager
from honcho.printer import Message, Printer
from honcho.process import Process

SIGNALLED = {known["rc"] for known in SIGNALS.values()}  # honcho's exit codes


class Parts(Manager):
    """`loop()` returns when all have ended: after a signal, or after one has ended by itself, whose
    name is in `ended` then."""

    ended = ""

    def __init__(self, procfile: Path, env: dict[str, str]) -> None:
        super().__init__(QuietPrinter(sys.stdout))
        self._process_ctor = Part
        self._threads: list[threading.Thread] = []
        for name, command in parse_procfile(procfile.read_text()).processes.items():
            self.add_process(name, f"exec {command}", env=env)

    def beside(self, work: Callable[..., None], *args: Any) -> None:
        """Runs `work` in a thread from the start of the parts on."""
        self._threads.append(threading.Thread(target=work, args=args, daemon=True))

    def watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """The end of `process` ends the parts, as if it were one of them."""
        process.wait()
        if not self._all_stopped():
            self.ended = name
            os.kill(os.getpid(), signal.SIGTERM)

    def _start(self) -> None:
        super()._start()  # forks, which threads of ours should not see
        for thread in self._threads:
            thread.start()

    def terminate(self) -> None:
        # Honcho fails where a signal comes before each part has told its pid: then it has to wait.
        if self._all_started() and not self._terminating:
            if self.returncode not in SIGNALLED:
                stopped = (name for name, part in self._processes.items() if "returncode" in part)
                self.ended = next(stopped)
            super().terminate()

    def _any_stopped(self) -> bool:
        return self.returncode in SIGNALLED or super()._any_stopped()


class Part(Process):
    """Ends with its manager, also with one that was killed."""

    def _send_message(self, data: Any, type: str = "line") -> None:
        super()._send_message(data, type)
        if type == "start":
            threading.Thread(target=self._end_with_manager, daemon=True).start()

    def _end_with_manager(self) -> None:
        manager = multiprocessing.parent_process()
        if manager:
            manager.join()
        self._events.cancel_join_thread()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)


class QuietPrinter(Printer):
    """Goes on where nobody reads any more: the terminal was closed, the pipe broke."""

    def write(self, message: Message) -> None:
        with contextlib.suppress(OSError):
            super().write(message)
