import pytest
from django.contrib.auth import get_user_model

import presence
from presence.connection import client, outage
from presence.recent import recent


@pytest.fixture(autouse=True)
def _nobody_is_online():
    client().flushall()
    recent.clear()
    presence.load.cache_clear()  # MemoryPresence keeps its people
    outage.on = False


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice")


@pytest.fixture
def bob(db):
    return get_user_model().objects.create_user("bob")


@pytest.fixture
def charlie(db):
    return get_user_model().objects.create_user("charlie")
