"""A deadlock of two transactions is not an outage."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from chatsite.ops.database_outage import is_away

LOCK = "UPDATE accounts_user SET name = name WHERE id = %s"


@pytest.fixture
def cursors(transactional_db):
    """Returns two cursors, each in its own transaction."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time, so there is no deadlock")
    opened = [connection.copy() for _ in range(2)]
    cursors = [each.cursor() for each in opened]
    for cursor in cursors:
        cursor.execute("BEGIN")
    yield cursors
    for each in opened:
        each.close()


def test_a_deadlock_is_not_an_outage(cursors, alice, bob):
    first, second = cursors
    first.execute(LOCK, [alice.pk])
    second.execute(LOCK, [bob.pk])
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(first.execute, LOCK, [bob.pk])]
        waiting.append(pool.submit(second.execute, LOCK, [alice.pk]))
        errors = [future.exception(30) for future in waiting]
    (error,) = filter(None, errors)
    assert isinstance(error, OperationalError)
    assert not is_away(error)
