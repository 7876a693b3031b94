"""Detects that the database is away, and that it is back, and logs one line each.

The first failure starts a thread that probes the database until it can be written to. While it
cannot even be read, requests are refused immediately.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django.db.utils import Error as DjangoError

from chatsite.ops.exception_causes import cause_of, causes

PROBE_EVERY_SECONDS = 0.5
PROBE_SECONDS = 5  # after that, the database hangs
QUIET_SECONDS = 5  # without a failure; then it is back

# A query with a wrong name is also an "ERROR", and not an outage.
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_PERM,
}  # fmt: skip
SQLITE_PRIMARY_CODE = 0xFF
# SQLSTATEs of PostgreSQL.
READ_ONLY_STATE = "25006"  # a standby, or a server that was made read-only
CONFLICT_STATES = {"40001", "40P01"}  # of two transactions; the database works

logger = logging.getLogger(__name__)


def is_away(error: BaseException | None) -> bool:
    """Returns whether the database cannot be used now, as opposed to a wrong query."""
    errors = (one for one in causes(error) if issubclass(type(one), DjangoError))
    found = next(errors, None)
    return found is not None and _is_away(found)


def _is_away(error: BaseException) -> bool:
    cause = cause_of(error)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & SQLITE_PRIMARY_CODE in SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    if state == READ_ONLY_STATE or state in CONFLICT_STATES:
        return state == READ_ONLY_STATE
    return isinstance(error, OperationalError | InterfaceError) and not isinstance(
        cause, sqlite3.Error
    )


class Outage:
    """An outage of the database. `is_on` from the first failure to the last. While `refuses`,
    requests are refused without trying the database."""

    def __init__(self) -> None:
        self.is_on = self.refuses = False
        self.last_failure = 0.0
        self.reason = ""
        self.lock, self.check_lock = threading.Lock(), threading.Lock()

    def report(self, error: object) -> None:
        with self.lock:
            self.last_failure = time.monotonic()
            if self.is_on:
                return
            self.is_on, self.reason = True, type(error).__name__
        logger.error(
            "The database cannot be used. Pages and tasks wait for it: %s", one_line(error)
        )
        threading.Thread(target=self.watch, name="database-outage", daemon=True).start()

    def check_for_hang(self) -> None:
        """Probes the database after a slow request: it may hang without an error."""
        with self.check_lock:
            if not self.is_on and not probe()[0]:
                self.refuses = True
                self.report(TimeoutError("no response"))

    def watch(self) -> None:
        while self.is_on:
            can_read, can_write = probe()
            self.refuses = not can_read
            if not can_write:
                self.last_failure = time.monotonic()
            elif time.monotonic() - self.last_failure >= QUIET_SECONDS:
                self.is_on = False
            time.sleep(PROBE_EVERY_SECONDS)
        logger.warning("The database is back.")


outage = Outage()


@contextmanager
def skip_if_away() -> Iterator[None]:
    """Skips periodic work while the database is away."""
    try:
        yield
    except DjangoError as error:
        if not is_away(error):
            raise
        outage.report(error)


def one_line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def probe() -> tuple[bool, bool]:
    """Returns whether the database can be read, and whether it can be written to. A probe that
    hangs is abandoned."""
    steps: list[str] = []
    thread = threading.Thread(target=read_and_write, args=[steps.append], daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return "read" in steps, "written" in steps


def read_and_write(done: Callable[[str], None]) -> None:
    connection = connections["default"].copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            done("read")
            if connection.vendor == "sqlite":
                write_to_sqlite(cursor)
            else:
                refuse_read_only(cursor)
            done("written")
    except DjangoError:
        return
    finally:
        connection.close()


def write_to_sqlite(cursor: Any) -> None:
    """Writes back the number that SQLite reserves for applications, unchanged."""
    cursor.execute("BEGIN IMMEDIATE")
    cursor.execute("PRAGMA user_version")
    (version,) = cursor.fetchone()
    cursor.execute(f"PRAGMA user_version = {int(version)}")
    cursor.execute("COMMIT")


def refuse_read_only(cursor: Any) -> None:
    cursor.execute("SHOW transaction_read_only")
    if cursor.fetchone() != ("off",):
        raise OperationalError("The server is read-only.")
