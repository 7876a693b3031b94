import pytest
from django.core.cache import caches
from django.test import Client
from django_redis import get_redis_connection

from chatsite.accounts.models import Token
from presence.mark_throttle import mark_throttle


@pytest.fixture(autouse=True)
def nobody_online():
    get_redis_connection("default").flushdb()
    for cache in caches.all():
        cache.clear()
    mark_throttle.clear()


@pytest.fixture
def api(alice):
    """Returns Alice's program, with a token to read and write."""
    _, secret = Token.objects.issue(alice, "laptop", Token.Scope.WRITE)
    return Client(headers={"Authorization": f"Bearer {secret}"})
