import itertools
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

import presence
from presence.connection import client as redis_client
from presence.mark_throttle import mark_throttle

FOLDER = Path(__file__).parent
HANDLES = [
    "007",
    "7",
    "a:b",
    "a b",
    "{0}/x",
    "日本語",
    "ünï",
    "%s'\"",
    "online-users/1",
    "\U0001f600",
]
numbers = itertools.count(-2)


def pytest_collection_modifyitems(items):
    """Lets the tests of this folder use all databases. Pytest passes the tests of all folders."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.django_db(databases="__all__"))


@pytest.fixture(autouse=True)
def _nobody_is_online():
    redis_client().flushall()
    mark_throttle.clear()
    presence.load.cache_clear()


def create(handle):
    model = get_user_model()
    fields = {model.USERNAME_FIELD: handle}
    if model.__name__ == "NumberUser":
        fields["number"] = next(numbers)
    return model._default_manager.create(**fields)


@pytest.fixture
def alice():
    return create("alice")


@pytest.fixture
def bob():
    return create("bob")


@pytest.fixture
def people():
    """Returns users whose names are also their primary keys, in one of the models."""
    return [create(handle) for handle in HANDLES]
