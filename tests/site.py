"""The real site in processes of its own, with the database and the Valkey of the test."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client

from tests.ports import free_port

SERVER = (sys.executable, "-m", "chatsite.server", "--port", "{port}")
START_SECONDS = 30
ROOT = Path(__file__).resolve().parent.parent


class Web:
    """A web process, which keeps its port when it restarts."""

    def __init__(
        self, port: int | None = None, command: tuple[str, ...] = SERVER, **environment: str
    ) -> None:
        self.port = port or free_port()
        self.command = [part.format(port=self.port) for part in command]
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.output: IO[str] | None = None  # None means the output of the tests

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, **site_environment(), **self.environment}
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stdout=self.output,
            stderr=self.output,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("The site did not start. See its output.")
            time.sleep(0.05)

    def answers(self) -> bool:
        with contextlib.suppress(URLError, OSError):
            urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5).close()
            return True
        return False

    def stop(self) -> int:
        """Stops the process with SIGTERM, as an operator does. Returns the exit code."""
        self.process.terminate()
        return self.process.wait(10)

    def kill(self) -> None:
        """Kills the process and its children with SIGKILL, as a crash does."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Site:
    """One or several web processes. Most tests use `webs[0]`."""

    def __init__(self, processes: int = 1, **environment: str) -> None:
        self.webs = [Web(**environment) for _ in range(processes)]

    def __enter__(self) -> "Site":
        try:
            for web in self.webs:
                web.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return self.webs[0].url

    def kill(self) -> None:
        for web in self.webs:
            web.kill()


def site_environment() -> dict[str, str]:
    """Returns the environment variables with this test's database, Valkey and keys."""
    return {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database['NAME']}").geturl()


def session_of(user) -> str:
    """Returns the session key of `user`, without the sign-in page."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
