import pytest
from django.contrib.auth import get_user_model

import presence
from presence.connection import client as redis_client
from presence.mark_throttle import mark_throttle


@pytest.fixture(autouse=True)
def _nobody_is_online():
    redis_client().flushall()
    mark_throttle.clear()
    presence.load.cache_clear()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create(username="alice")


@pytest.fixture
def bob(db):
    return get_user_model().objects.create(username="bob")
