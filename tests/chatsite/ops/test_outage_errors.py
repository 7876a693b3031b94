"""Which errors are an outage of the database, and what the log shows of them."""

import logging
import sqlite3
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from chatsite.ops.database_outage import is_away, one_line, outage, skip_if_away
from chatsite.ops.log_filters import DatabaseOutageFilter, RedisOutageFilter


def sqlite_error(make) -> DatabaseError:
    """Returns the error that Django raises for a database in this state."""
    from django.db.backends.sqlite3.base import Database
    from django.db.utils import DatabaseErrorWrapper

    wrapper = DatabaseErrorWrapper(
        type("Wrapper", (), {"Database": Database, "errors_occurred": 0})
    )
    with pytest.raises(DatabaseError) as raised, wrapper:
        make()
    return raised.value


def locked(folder: Path) -> None:
    first, second = (sqlite3.connect(folder / "x", timeout=0) for _ in range(2))
    first.execute("BEGIN EXCLUSIVE")
    second.execute("BEGIN IMMEDIATE")


def read_only(folder: Path) -> None:
    sqlite3.connect(folder / "x").execute("CREATE TABLE a (b)")
    sqlite3.connect(f"file:{folder / 'x'}?mode=ro", uri=True).execute("INSERT INTO a VALUES (1)")


def full(folder: Path) -> None:
    file = sqlite3.connect(folder / "x")
    file.execute("CREATE TABLE a (b)")
    file.execute("PRAGMA max_page_count = 2")
    file.execute("INSERT INTO a VALUES (?)", ["x" * 100_000])


def cannot_be_opened(folder: Path) -> None:
    sqlite3.connect(folder / "nowhere" / "x")


def no_database(folder: Path) -> None:
    (folder / "x").write_text("something else" * 1000)
    sqlite3.connect(folder / "x").execute("SELECT * FROM sqlite_master")


def no_such_table(folder: Path) -> None:
    sqlite3.connect(folder / "x").execute("SELECT * FROM nowhere")


def syntax(folder: Path) -> None:
    sqlite3.connect(folder / "x").execute("SELEKT 1")


def duplicate(folder: Path) -> None:
    file = sqlite3.connect(folder / "x")
    file.execute("CREATE TABLE a (b UNIQUE)")
    file.execute("INSERT INTO a VALUES (1), (1)")


@pytest.mark.parametrize("make", [locked, read_only, full, cannot_be_opened, no_database])
def test_errors_of_an_sqlite_outage(make, tmp_path):
    assert is_away(sqlite_error(lambda: make(tmp_path)))


@pytest.mark.parametrize("make", [no_such_table, syntax, duplicate])
def test_a_wrong_query_is_not_an_outage(make, tmp_path):
    assert not is_away(sqlite_error(lambda: make(tmp_path)))


def test_other_errors_are_not_an_outage():
    assert not is_away(None)
    assert not is_away(ValueError())
    assert not is_away(ConnectionError())


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's errors")
@pytest.mark.parametrize(
    ("query", "away"),
    [
        ("SET TRANSACTION READ ONLY; CREATE TABLE a (b int)", True),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", True),  # disk full
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53300'; END $$", True),  # connections
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57P01'; END $$", True),  # shut down
        ("SELECT * FROM nowhere", False),
        ("SELECT 1 / 0", False),
    ],
)
def test_errors_of_a_postgresql_outage(query, away):
    with pytest.raises(DatabaseError) as raised, connection.cursor() as cursor:
        cursor.execute(query)
    assert is_away(raised.value) is away


def test_the_log_omits_the_single_failures(tmp_path, monkeypatch):
    began = []
    monkeypatch.setattr(outage, "report", began.append)
    error = sqlite_error(lambda: locked(tmp_path))
    log = DatabaseOutageFilter()
    record = logging.LogRecord("x", logging.ERROR, "", 1, "%d refused: %s", (2, error), None)
    assert not log.filter(record)
    traceback = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "", 1, "Failed", None, traceback)
    assert not log.filter(record)
    assert began == [error, error]
    record = logging.LogRecord("x", logging.ERROR, "", 1, "Failed: %s", (ValueError(),), None)
    assert log.filter(record)


class Odd(Exception):
    """An exception whose attributes all fail."""

    def refuse(self, *_):
        raise SystemExit

    __bool__ = __str__ = __repr__ = refuse
    __cause__ = __context__ = property(refuse)


class CausedByItself(Exception):
    __cause__ = property(lambda self: self)


def circle() -> Exception:
    one, other = ValueError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    return one


@pytest.mark.parametrize("make", [Odd, CausedByItself, circle])
@pytest.mark.parametrize("log", [DatabaseOutageFilter(), RedisOutageFilter()])
def test_the_log_filter_runs_no_code_of_exceptions(make, log):
    error = make()
    exc_info = (type(error), error, None)
    for name in ("x", "django_redis.cache", "channels_redis.core"):
        assert log.filter(logging.LogRecord(name, logging.ERROR, "", 1, "Failed", (), exc_info))
        assert log.filter(logging.LogRecord(name, logging.ERROR, "", 1, "%s", (error,), None))


def test_periodic_work_is_skipped_during_an_outage(tmp_path, monkeypatch):
    began = []
    monkeypatch.setattr(outage, "report", began.append)
    error = sqlite_error(lambda: locked(tmp_path))
    with skip_if_away():
        raise error
    assert began == [error]
    with pytest.raises(DatabaseError), skip_if_away():
        raise sqlite_error(lambda: no_such_table(tmp_path / ".."))


def test_the_reason_is_one_line():
    assert one_line(ValueError("one\n  two")) == "one two"
    assert one_line(ValueError()) == "ValueError"
