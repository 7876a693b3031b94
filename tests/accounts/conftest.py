from base64 import b64encode

import pytest
from django.core.cache import caches

from chat import rooms
from chatsite.accounts import authentication, devices
from chatsite.accounts.models import Token, User

PASSWORD = "correct horse 9"


@pytest.fixture(autouse=True)
def fresh():
    """No counted failures, remembered passwords or devices from the test before."""
    for cache in (*caches.all(), authentication.remembered, devices.written):
        cache.clear()


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice", "alice@example.org", PASSWORD, name="Alice")


@pytest.fixture
def general(alice):
    return rooms.create(alice, "General")


@pytest.fixture
def token(alice):
    """Alice's, to read and write: the secret."""
    return Token.objects.issue(alice, "laptop", Token.Scope.WRITE)[1]


def confirm(client) -> None:
    """Types the password again."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}
