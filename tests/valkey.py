"""Pytest plugin: starts a real Valkey for each test process before Django reads the settings."""

import os
import shutil
import tempfile
from pathlib import Path

from chatsite.dev import embedded_valkey

folder = Path(tempfile.mkdtemp(prefix="chatsite-tests-"))
os.environ["VAR_DIR"] = str(folder)
server = embedded_valkey.Server(folder / "valkey")
os.environ["REDIS_URL"] = server.url


def pytest_sessionstart() -> None:
    server.start()


def pytest_sessionfinish() -> None:
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
