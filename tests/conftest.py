import contextlib

import hypothesis
import pytest
import redis
from django.contrib.auth import get_user_model

from chat.events import seen_changes
from chat.exceptions import RateLimited
from chat.live import connection_limit
from chat.rate_limits import limiter, limits
from chat.rate_limits.table import ADDRESS, LIMITS, PERSON, Limit
from chat.services import memberships, permissions, rooms
from chat.views import timeline
from chatsite.dev import embedded_valkey
from chatsite.ops.database_outage import outage
from presence.connection import client
from presence.mark_throttle import mark_throttle
from tests.site import Site

PASSWORD = "password123"

hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")


def pytest_collection_modifyitems(items):
    """Browser tests come last: once started, Playwright's loop runs in this thread to the end, and
    async tests could not start theirs."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/browser/"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Half a surrogate pair in a log cannot be sent to the process that collects the reports."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def _no_pages_of_other_tests():
    """Their rooms had the same ids."""
    timeline.cached_latest.cache_clear()
    seen_changes.clear()
    permissions._has_delete_permission.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_charged():
    """What people of the same ids did in other tests does not count."""
    client().delete(limiter.KEY)
    yield
    limits.limiter.clear()
    connection_limit.open_sockets.clear()


@pytest.fixture(autouse=True)
def _no_outage_of_other_tests(monkeypatch):
    """A database that a test takes away is back with the next. The thread that looks for it would
    outlive the test, where nothing may use the database."""
    monkeypatch.setattr(outage, "watch", lambda: None)
    yield
    outage.is_on = outage.refuses = False


@pytest.fixture
def used_up(settings, monkeypatch):
    """used_up(names, user_id=…) leaves nothing of these limits."""
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, Limit(0.1, 1))
        delattr(settings, name)

    def use_up(names, **who):
        for name in names:
            what = name.removesuffix(ADDRESS).removesuffix(PERSON)
            with contextlib.suppress(RateLimited):
                limits.charge(what, **who)

    return use_up


@pytest.fixture
def nobody_online():
    """What earlier tests said of people whose ids come again is forgotten."""
    client().flushall()
    mark_throttle.clear()


@pytest.fixture
def round_trips(monkeypatch):
    """A list that grows by one each time that something is sent to Redis."""
    sent = []
    for module in (redis.connection, redis.asyncio.connection):
        connection = module.AbstractConnection

        def send(self, command, *args, original=connection.send_packed_command, **kwargs):
            sent.append(command)
            return original(self, command, *args, **kwargs)

        monkeypatch.setattr(connection, "send_packed_command", send)
    return sent


@pytest.fixture
def valkey(tmp_path):
    """One of its own, which a test may end."""
    server = embedded_valkey.Server(tmp_path / "valkey")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password=PASSWORD, name="Alice")


@pytest.fixture
def bob(db):
    return get_user_model().objects.create_user("bob", password=PASSWORD, name="Bob")


@pytest.fixture
def charlie(db):
    return get_user_model().objects.create_user("charlie", password=PASSWORD, name="Charlie")


@pytest.fixture
def general(alice, bob):
    """A public room with alice, its owner, and bob. charlie is not in it."""
    room = rooms.create(alice, "General")
    memberships.join(bob, room.pk)
    return room


@pytest.fixture
def site(transactional_db):
    """The real site as a process of its own, on this test's database."""
    with Site() as site:
        yield site
