"""A copy of a project of examples/, with the apps beside it, in an environment of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

from tests.install.environments import ROOT
from tests.ports import free_port

START_SECONDS = 60
APPS = ("chat", "presence", "tasks")


class Project:
    def __init__(self, python: Path, folder: Path, example: str, apps: tuple[str, ...]) -> None:
        self.python, self.folder = python, folder
        shutil.copytree(ROOT / "examples" / example, folder, dirs_exist_ok=True)
        for app in apps:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / app, folder / app, ignore=ignored)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.path = ""

    def mount(self, path: str) -> None:
        """Moves the pages of the apps to a path: room0/chat/"""
        self.path = path
        urls = self.folder / "project" / "urls.py"
        urls.write_text(urls.read_text().replace('path("", include(', f'path("{path}", include('))

    def remove_setting(self, line: str) -> None:
        settings = self.folder / "project" / "settings.py"
        text = settings.read_text()
        assert line in text
        settings.write_text(text.replace(line, ""))

    def manage(self, *arguments: str) -> str:
        result = subprocess.run(
            [self.python, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "REDIS_URL": os.environ["REDIS_URL"]}

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [self.python, *command],
            cwd=self.folder,
            env=self.environment(),
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def serve(self, *command: str) -> str:
        """Starts a server, in whose command {port} is the port, and returns its address."""
        port = free_port()
        process = self.start(*(part.format(port=port) for part in command))
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not answers(url):
            assert process.poll() is None, "The server ended."
            assert time.monotonic() < deadline, "The server did not start."
            time.sleep(0.1)
        return url

    def stop(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
    return True
