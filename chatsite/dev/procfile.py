"""Runs the processes of a Procfile, and prints each line of their output with the process's
name."""

import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

STOP_SECONDS = 10
# The first job waits until stdin, a pipe from this process, ends. It then ends the process and its
# children. So they also end if this process is killed.
COMMAND = "exec 3<&0 </dev/null; (cat <&3; kill -TERM 0) >/dev/null & exec {}"


def parse(text: str) -> dict[str, str]:
    """Returns the commands by their names."""
    return dict(re.findall(r"^(\w+):\s*(.+)$", text, re.MULTILINE))


class ProcessGroup:
    def __init__(self) -> None:
        self.processes: list[Any] = []  # of subprocess.Popen
        self.ended: queue.SimpleQueue[str] = queue.SimpleQueue()  # names

    def start(self, name: str, command: str, env: Mapping[str, str]) -> None:
        process = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", COMMAND.format(command)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.processes.append(process)
        print_line("system", f"{name} started (pid={process.pid})")
        threading.Thread(target=print_output, args=[name, process.stdout], daemon=True).start()
        self.watch(name, process)

    def watch(self, name: str, process: Any) -> None:
        """Treats the end of `process` like that of a process in the group."""

        def wait() -> None:
            process.wait()
            self.ended.put(name)

        threading.Thread(target=wait, daemon=True).start()

    def wait(self) -> str:
        """Returns the name of the process that ended first."""
        return self.ended.get()

    def stop(self) -> None:
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def print_output(name: str, output: Any) -> None:
    for line in output:
        print_line(name, line.decode(errors="replace").rstrip())


def print_line(name: str, line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal was closed, or the pipe broke
        print(f"{name:<6} | {line}\n", end="", flush=True)  # one write, not one more for the end
