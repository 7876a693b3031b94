"""Runs commands like a user does: each has its own process and its own data folder."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from chatsite.dev import embedded_valkey

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60
OURS = {"DATABASE_URL", "REDIS_URL", "VAR_DIR", "DJANGO_SETTINGS_MODULE", "RUN_MAIN", "PORT"}


class Command:
    """A running command. `lines` collects its output of both streams."""

    def __init__(self, arguments: list[str], var_dir: Path, cwd: Path = ROOT, **env: str) -> None:
        self.var_dir, self.lines, self.arriving = var_dir, [], queue.SimpleQueue()
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**clean, "VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # a test has closed the pipe
            for line in self.process.stdout:
                self.arriving.put(line.rstrip())
        self.arriving.put(None)

    def wait_for(self, text: str, meanwhile: Callable[[], None] = lambda: None) -> str:
        """Returns the first new line that contains `text`."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                if (line := self.arriving.get(timeout=1)) is None:
                    break
                self.lines.append(line)
                if text in line:
                    return line
            meanwhile()
        raise AssertionError(f"It did not print {text!r}:\n" + "\n".join(self.lines))

    def exit_code(self) -> int:
        """Waits for its end, and returns its exit code."""
        code = self.process.wait(TIMEOUT_SECONDS)
        while (line := self.arriving.get(timeout=TIMEOUT_SECONDS)) is not None:
            self.lines.append(line)
        return code

    def stop(self, signum: signal.Signals = signal.SIGINT) -> int:
        """Sends the signal to the whole foreground group, like Ctrl-C."""
        os.killpg(self.process.pid, signum)
        return self.exit_code()

    def left(self) -> dict[int, str]:
        """Returns every process that uses the data folder, with any parent, by pid."""
        left = processes_with(f"VAR_DIR={self.var_dir}\0")
        valkey = embedded_valkey.data_folder(self.var_dir)
        if valkey.exists() and embedded_valkey.is_running(
            valkey
        ):  # it overwrites its own environment
            left[int((valkey / "valkey.pid").read_text())] = "valkey"
        return left

    def clean_up(self) -> None:
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def processes_with(variable: str) -> dict[int, str]:
    """Returns the processes that were started with that environment variable (Linux only)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if variable.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


def status_of(url: str) -> int:
    """Returns the status, or 0 if nothing responds."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_until(condition) -> None:
    """Polls a condition that another process will fulfil."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.05)
