"""Runs workers in their own processes, which tests may kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """`manage.py runworker` with tests/tasks/settings.py. `lines` is its output."""

    def __init__(self, *arguments: str, output: Path, **environment: str) -> None:
        command = [sys.executable, "manage.py", "runworker", *arguments]
        environment = {"DJANGO_SETTINGS_MODULE": "tests.tasks.settings", **environment}
        self.output = output
        with output.open("ab") as file:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=file, stderr=file, env={**os.environ, **environment}
            )

    @property
    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    @property
    def megabytes(self) -> float:
        """Returns the resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def children(self) -> list[int]:
        """Returns the ids of its child processes."""
        pid = self.process.pid
        try:
            return [
                int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            ]
        except OSError:
            return []

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(40)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
