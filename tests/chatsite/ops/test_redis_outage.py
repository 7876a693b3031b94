"""Redis goes away and comes back: pages are served all the time, and the log has one line for
each."""

import io
import logging
from http import HTTPStatus

import pytest

from chatsite.ops.log_filters import RedisOutageFilter
from tests import valkey
from tests.chatsite.processes import wait_until

pytestmark = pytest.mark.django_db

AWAY = "Redis is out of reach (ConnectionError); the site continues without it."
PAGES = ["/online/", "/accounts/devices/", "/online/", "/accounts/devices/"]


@pytest.fixture
def log():
    """Returns the output of the site's own handler."""
    root = logging.getLogger().handlers
    console = next(handler for handler in root if handler.filters)
    wait_until(lambda: not console.filters[0].away.locked())  # the outage of an earlier test
    stream = io.StringIO()
    before = console.setStream(stream)
    yield stream
    console.setStream(before)


def lines(log, text: str) -> int:
    return sum(text in line for line in log.getvalue().splitlines())


def test_pages_and_sessions_work_while_redis_is_down(client, alice, log, redis_down):
    client.force_login(alice)
    for page in PAGES:
        assert client.get(page).status_code == HTTPStatus.OK  # not a redirect to the sign-in page


def test_the_log_has_one_line_for_the_start_and_the_end(client, alice, log, redis_down):
    client.force_login(alice)
    for outages in (1, 2):
        valkey.server.kill()
        for page in PAGES:
            client.get(page)
        assert lines(log, AWAY) == outages
        assert "Traceback" not in log.getvalue()
        valkey.server.start()
        wait_until(lambda outages=outages: lines(log, "Redis is back.") == outages)


def test_other_errors_of_the_same_libraries_are_logged_each_time():
    once = RedisOutageFilter()
    error = (ValueError, ValueError("a defect"), None)
    record = logging.LogRecord("django_redis.cache", logging.ERROR, "", 0, "Failed", (), error)
    assert once.filter(record)
    assert once.filter(record)
    assert record.getMessage() == "Failed"
