import pytest
from django.contrib.auth import get_user_model

import presence
from presence.connection import client, outage
from presence.mark_throttle import mark_throttle
from tests.cluster import cluster, url
from tests.presence.servers import Site
from tests.redis_settings import configure, use_redis

START_SECONDS = 10


@pytest.fixture(autouse=True)
def _nobody_is_online():
    client().flushall()
    mark_throttle.clear()
    presence.load.cache_clear()  # MemoryPresence still has its users
    outage.is_on = False
    outage.refused.clear()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice")


@pytest.fixture
def bob(db):
    return get_user_model().objects.create_user("bob")


@pytest.fixture
def charlie(db):
    return get_user_model().objects.create_user("charlie")


@pytest.fixture
def other_redis(valkey, settings):
    """Returns a Redis that a test may stop."""
    use_redis(settings, valkey.url)
    return valkey


@pytest.fixture(scope="session")
def masters(tmp_path_factory):
    """The URL of a cluster of three masters."""
    with cluster(tmp_path_factory.mktemp("cluster")) as ports:
        yield url(ports)


@pytest.fixture
def on_a_cluster(masters, settings):
    use_redis(settings, masters)
    configure(settings, SHARDS=4)
    client().flushall()


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def one(site):
    return site.start("one")


@pytest.fixture
def two(site):
    return site.start("two")
