"""Marks and queries in any order, from servers with different clocks, with passing time and
expiring keys: every backend gives the same as a dictionary of the latest marks."""

import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import presence
from presence.clock import minute
from presence.connection import client
from presence.models import LastSeen
from tests.redis_settings import configure

START = 30_000_000 * 60
PEOPLE = 3
WINDOWS = st.integers(1, 6)  # minutes

somebody = st.sets(st.integers(0, PEOPLE - 1))
behind = st.sampled_from([0, 0.5, 1]) | st.floats(0, 1)
pauses = st.integers(0, 12).map(lambda halves: halves * 30) | st.integers(0, 1000)
steps = st.lists(
    st.tuples(st.just("mark"), somebody, behind)
    | st.tuples(st.just("ask"), somebody, behind)
    | st.tuples(st.just("wait"), pauses),
    max_size=30,
)


class Model:
    def __init__(self, window):
        self.window = window
        self.seen = {}

    def mark(self, user_ids, now):
        for user_id in user_ids:
            self.seen[user_id] = max(int(now), self.seen.get(user_id, 0))

    def online(self, now):
        return {
            user_id: second
            for user_id, second in self.seen.items()
            if minute(second) > minute(now) - self.window
        }


class Run:
    """Performs the same steps with the backend and with the model."""

    def __init__(self, user_ids, window):
        self.user_ids, self.model = user_ids, Model(window)
        self.true_time = float(START)
        # A clock may be behind the real time by less than the window.
        self.behind_seconds = (window - 1) * 60

    def perform(self, step, *args):
        getattr(self, step)(*args)

    def mark(self, chosen, fraction):
        user_ids = [self.user_ids[index] for index in chosen]
        now = self.clock(fraction)
        self.model.mark(user_ids, now)
        presence.mark_many(user_ids, now)

    def wait(self, seconds):
        self.true_time += seconds
        expire(seconds)

    def ask(self, chosen, fraction):
        user_ids = [self.user_ids[index] for index in chosen]
        now = self.clock(fraction)
        online = self.model.online(now)
        assert presence.online_user_ids(now) == online.keys()
        assert presence.online_count(now) == len(online)
        assert presence.is_online(user_ids, now) == online.keys() & user_ids
        for user_id in user_ids:
            self.check_activity(presence.last_activity(user_id, now), online.get(user_id))

    def check_activity(self, seen_at, second):
        if second is None:
            assert seen_at is None
        else:
            late_seconds = second - seen_at.timestamp()
            assert 0 <= late_seconds < presence.backend().precision_seconds

    def clock(self, fraction):
        return self.true_time - fraction * self.behind_seconds


def expire(seconds):
    """Shortens the lifetime of every key in Redis by the time that passed."""
    for key in client().scan_iter():
        client().pexpire(key, client().pttl(key) - seconds * 1000)


@pytest.fixture
def user_ids(db):
    people = get_user_model().objects
    return [people.create_user(f"person{number}").pk for number in range(PEOPLE)]


@pytest.mark.parametrize(
    "backend", ["memory.MemoryPresence", "database.DatabasePresence", "redis.RedisPresence"]
)
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(window=WINDOWS, shards=st.integers(1, 3), steps=steps)
def test_every_backend_matches_the_model(backend, user_ids, settings, window, shards, steps):
    configure(settings, BACKEND=f"presence.backends.{backend}")
    configure(settings, ONLINE_LAST_MINUTES=window, SHARDS=shards)
    client().flushall()
    presence.load.cache_clear()
    LastSeen.objects.all().delete()
    run = Run(user_ids, window)
    for step in steps:
        run.perform(*step)
    run.ask(range(PEOPLE), 0)
