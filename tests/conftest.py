import contextlib

import hypothesis
import pytest
import redis
from django.contrib.auth import get_user_model
from django.core.cache import cache as django_cache

from chat.events import publisher, seen_changes
from chat.exceptions import RateLimited
from chat.live import connection_limit
from chat.rate_limits import limiter, limits
from chat.rate_limits.table import ADDRESS, LIMITS, PERSON, Limit
from chat.services import memberships, permissions, rooms
from chat.views import timeline
from chatsite.accounts import failed_sign_ins
from chatsite.community import identity
from chatsite.dev import embedded_valkey
from chatsite.ops.database_outage import outage
from presence.connection import client
from presence.mark_throttle import mark_throttle
from tests.chromium import chromium
from tests.site import Site

__all__ = ["chromium"]  # a fixture of every folder

PASSWORD = "password123"

hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")


def pytest_collection_modifyitems(items):
    """Runs browser tests last. Playwright's loop stays in this thread until the end, so async tests
    after it could not start their own."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/browser/"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Escapes half surrogate pairs in logs, as xdist cannot send them to its main process."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def _no_caches_of_other_tests(monkeypatch):
    """Clears cached pages, as rooms of other tests had the same ids."""
    timeline.cached_latest.cache_clear()
    seen_changes.clear()
    permissions._has_delete_permission.cache_clear()
    monkeypatch.setattr(identity, "cache", identity.Cache())


@pytest.fixture(autouse=True)
def _unused_limits():
    """Clears the rate limits, as users of other tests had the same ids."""
    client().delete(limiter.KEY)
    django_cache.clear()  # failed sign-ins are counted there too
    failed_sign_ins.failures.clear()
    yield
    limits.limiter.clear()
    connection_limit.open_sockets.clear()


@pytest.fixture(autouse=True)
def _no_outage_of_other_tests(monkeypatch):
    """Ends a database outage with its test. The thread that waits for the database would outlive
    the test, and nothing may use the database outside of tests."""
    monkeypatch.setattr(outage, "watch", lambda: None)
    yield
    outage.is_on = outage.refuses = False


@pytest.fixture(autouse=True)
def _no_beats_of_this_process(monkeypatch):
    """A hub that hears this process for the first time by its beat catches up from the database,
    in the middle of a test that is slow."""
    monkeypatch.setattr(publisher, "BEAT_SECONDS", 600)


@pytest.fixture
def chat_settings(settings):
    """CHAT as a dictionary that the test may change."""
    settings.CHAT = dict(settings.CHAT)
    return settings.CHAT


@pytest.fixture
def used_up(chat_settings, monkeypatch):
    """used_up(names, user_id=…) uses up these limits."""
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, Limit(0.1, 1))
        del chat_settings[name]

    def use_up(names, **owner):
        for name in names:
            action = name.removesuffix(ADDRESS).removesuffix(PERSON)
            with contextlib.suppress(RateLimited):
                limits.charge(action, **owner)

    return use_up


@pytest.fixture
def nobody_online():
    """Clears the presence of earlier tests, whose users had the same ids."""
    client().flushall()
    mark_throttle.clear()


@pytest.fixture
def round_trips(monkeypatch):
    """Returns a list that grows by one with each command sent to Redis."""
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
    """A Valkey for this test only, which the test may stop."""
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
    """A public room. alice owns it, bob is a member, charlie is not."""
    room = rooms.create(alice, "General")
    memberships.join(bob, room.pk)
    return room


@pytest.fixture
def site(transactional_db):
    """The real site in a process of its own, with the database of this test."""
    with Site() as site:
        yield site
